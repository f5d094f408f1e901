"""Where statements stand in their text: the figures are those of AWS' own examples of simulations."""

from lambent.lang.iam_policy import Position, span_of


def test_a_statement_on_one_line_is_told_as_aws_tells_it():
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    assert span_of(text, 0) == (Position(1, 38), Position(1, 167))


def test_a_statement_over_several_lines_is_told_as_aws_tells_it():
    text = """{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": "codecommit:ListRepositories",
        "Resource": "*"
    }
}"""
    assert span_of(text, 0) == (Position(3, 19), Position(7, 6))


def test_each_statement_of_a_list_has_its_place():
    text = '{ "Id" : "a \\" { ,", "Statement" : [ {"Sid":"}"} ,\n  {} ] , "Version":"2012-10-17" }'
    assert span_of(text, 0)[0] == Position(1, 39)
    assert span_of(text, 0)[1] == Position(1, 49)
    assert span_of(text, 1) == (Position(2, 4), Position(2, 5))


def test_of_two_lists_the_last_counts_as_for_json():
    text = '{"Statement":[{},{}],"Statement":[{}]}'
    assert span_of(text, 0) == (Position(1, 36), Position(1, 37))
