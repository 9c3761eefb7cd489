"""The invented referral of the intake, for the tests of the audit."""

from tests.intake.conftest import document, referral

__all__ = ["document", "referral"]
