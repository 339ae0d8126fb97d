"""The program that runs behavioural tests of classifiers."""
