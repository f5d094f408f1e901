"""IAM's policy language: a document is read once, and then judges requests. Pure: what is known of a request is handed in.

``parse`` reads a document (``document``). ``evaluate`` follows AWS' order over all policies that bear on a request
(``evaluation``): an explicit denial anywhere, what the resource's policy grants, the permissions boundary, the session's
policy, and denial by default. ``conditions`` holds the condition operators, ``patterns`` wildcards and policy variables,
``principals`` whom a policy names, ``positions`` where in its text a statement stands. For resources with policies of their
own there is ``access`` (whether one lets a caller in) and ``statements`` (its form, and how its statements come and go).

Not here: the policies of organizations, and access control lists. Nothing is fetched: whoever asks brings the policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from lambent.lang.iam_policy.access import keys_of, lets_everybody_in, lets_in
from lambent.lang.iam_policy.document import InvalidPolicy, Policy, parse
from lambent.lang.iam_policy.evaluation import Decision, Kind, Match, Request, Source, Verdict, context_of, evaluate
from lambent.lang.iam_policy.positions import Position, span_of
from lambent.lang.iam_policy.principals import Principal

__all__ = [
    "Decision",
    "InvalidPolicy",
    "Kind",
    "Match",
    "Policy",
    "Position",
    "Principal",
    "Request",
    "Source",
    "Verdict",
    "context_of",
    "evaluate",
    "keys_of",
    "lets_everybody_in",
    "lets_in",
    "parse",
    "span_of",
]
