"""lambent dev: functions served from the folders they are written in."""
