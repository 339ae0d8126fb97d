"""The program that writes files for TF Serving on Docker and Kubernetes."""
