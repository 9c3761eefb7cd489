"""What. One act each; codes in, codes out."""
