"""The seeds that are always replayed: ``seeds.txt``, a line for each, "<seed> <simulation>  # <why it stays>"."""

from pathlib import Path

FILE = Path(__file__).parent / "seeds.txt"


def kept(simulation: str) -> list[int]:
    lines = [line.partition("#")[0].split() for line in FILE.read_text().splitlines()]
    return [int(line[0]) for line in lines if line and line[1] == simulation]
