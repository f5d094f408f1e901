"""What must happen later or after a commit, whatever dies in between: timers, the outbox, signals, supervised loops."""
