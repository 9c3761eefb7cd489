"""The error tree of the connectors, on one page. A business "no" is never here: it is an
AgencyReply.
"""


class AgencyTrouble(Exception):
    """Something technical stood between us and an agency. Carries codes only, never a body or a
    person.
    """

    def __init__(self, agency: str, action: str, request_key: str = "", detail: str = "") -> None:
        super().__init__(agency, action, request_key, detail)
        self.agency = agency
        self.action = action
        self.request_key = request_key
        self.detail = detail

    def __str__(self) -> str:
        about = f" ({self.request_key})" if self.request_key else ""
        more = f" : {self.detail}" if self.detail else ""
        return f"{type(self).__name__}: {self.agency}, {self.action}{about}{more}"


class AgencyUnavailable(AgencyTrouble):
    """Away, overloaded or too slow: try later. The request may or may not have been received."""


class RequestInvalid(AgencyTrouble):
    """The agency does not accept the form of what we sent (4xx): ours to mend, a human must
    look.
    """


class NotAllowed(AgencyTrouble):
    """Our credential was refused."""


class ReplyNotUnderstood(AgencyTrouble):
    """The agency spoke outside its contract: nothing is applied, the owner is told."""


class CallbackRefused(AgencyTrouble):
    """A callback whose signature, age or sender is not right. Nothing is stored."""


class NotConfigured(AgencyTrouble):
    """A setting is missing; the process refuses to start half-configured."""


class NotSupported(AgencyTrouble):
    """The agency has no such act (for example, no way to recall): the referent is asked to
    phone.
    """
