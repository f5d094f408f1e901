"""What every floor above may ask for: time, chance, names, identity, errors and the ports between neighbours."""
