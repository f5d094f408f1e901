-- STS keeps nothing: a session token itself says, under the platform's seal, whose it is and until when.

-- version 1
