"""Every statement that lambda runs, and the rows it keeps."""
