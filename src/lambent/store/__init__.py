"""Where state is kept: a transactional database behind one protocol, and blobs named by their content."""
