"""The files of a Hugging Face tokenizer, each read as transformers 5 reads it."""
