"""What is said to guests, by language."""

GREETINGS = {"en": "Hello", "it": "Ciao", "de": "Servus"}
