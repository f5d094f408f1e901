"""The rules of REST APIs (version 1): what their parts may be, and what becomes of a request to one."""
