"""Questions with contexts and answers: from the files of any tool to windows of tokens."""
