"""One book for each id, decided in five places, which all say the same.

    eval "$(lambent env)"; python run.py

The last places are Java functions. They take a JDK (javac), and AWS' client, which ``lambent runtimes install java`` fetches.
"""

import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import boto3
from books import BOOKS, Book, shelf

from lambent import distinct, distinct_by, remote

HERE = Path(__file__).parent


def main() -> None:
    deliveries = range(len(BOOKS))
    shelf.deploy(echo=None)
    answers = {
        "here, on any iterable": list(distinct_by("id", order="key")(BOOKS)),
        "here, after functions that were called": shelf(deliveries),
        "all of it in plain Python": shelf.local(deliveries),
        "in a state machine, as JSONata": shelf.run(list(deliveries)),
    }
    if shutil.which("javac"):
        answers["in Java, a static method"] = java("books-distinct", "example.Books::distinct")
        answers["in Java, a RequestHandler, sorted again"] = distinct_by("id", order="key")(
            java("books-handler", "example.Books")
        )
    for place, books in answers.items():
        print(f"{place:<40} {', '.join(f'{book.id} {book.title}' for book in books)}")
    assert len({tuple(map(dataclasses.astuple, books)) for books in answers.values()}) == 1, "they differ"
    print(f"{'the last of each':<40} {titles(distinct_by('id', keep='last')(BOOKS))}")
    print(f"{'whole books':<40} {titles(distinct()(BOOKS))}")


def titles(books: list[Book]) -> str:
    return ", ".join(book.title for book in books)


def java(name: str, handler: str) -> list[Book]:
    """Deploys the jar under this name, and calls it as any function."""
    client = boto3.client("lambda")
    for existing in client.list_functions()["Functions"]:
        if existing["FunctionName"] == name:
            client.delete_function(FunctionName=name)
    client.create_function(
        FunctionName=name,
        Runtime="java21",
        Handler=handler,
        Role="arn:aws:iam::000000000000:role/books",
        Code={"ZipFile": jar()},
        Timeout=30,
        MemorySize=512,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return remote(name, returns=list[Book])(BOOKS)


def jar() -> bytes:
    """The classes of java/, compiled."""
    lambent = shutil.which("lambent") or str(Path(sys.executable).parent / "lambent")
    told = subprocess.run([lambent, "runtimes", "install", "java", "--json"], check=True, capture_output=True, text=True).stdout
    client = json.loads(told)["runtimes"][0]["folder"]
    with tempfile.TemporaryDirectory() as folder:
        sources = map(str, (HERE / "java").rglob("*.java"))
        subprocess.run(["javac", "--release", "17", "-cp", f"{client}/*", "-d", folder, *sources], check=True)
        packed = Path(folder) / "books.jar"
        with zipfile.ZipFile(packed, "w") as made:
            for file in Path(folder).rglob("*.class"):
                made.write(file, file.relative_to(folder))
        return packed.read_bytes()


if __name__ == "__main__":
    main()
