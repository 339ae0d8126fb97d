"""The program that checks exports outside Python."""
