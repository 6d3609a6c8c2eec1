"""Why a published number differs, in one call."""

from harness.why.explain import Explanation, explain

__all__ = ["Explanation", "explain"]
