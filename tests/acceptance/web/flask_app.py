"""The Flask application that a function has to answer for as its own server does."""

import flask

app = flask.Flask(__name__)


@app.get("/items/<int:number>")
def item(number):
    return {"number": number, "q": flask.request.args.getlist("q"), "url": flask.request.url}


@app.post("/echo")
def echo():
    return flask.Response(flask.request.get_data(), mimetype="application/octet-stream")


@app.post("/form")
def form():
    return {"name": flask.request.form["name"], "file": flask.request.files["file"].read().decode()}


@app.get("/cookies")
def cookies():
    response = flask.jsonify(flask.request.cookies)
    response.set_cookie("a", "1")
    response.set_cookie("b", "ü")
    return response


@app.get("/redirect")
def redirect():
    return flask.redirect(flask.url_for("item", number=1))


@app.get("/stream")
def stream():
    return flask.Response((f"{number}\n" for number in range(3)), mimetype="text/plain")


@app.get("/fails")
def fails():
    raise ValueError("lost")
