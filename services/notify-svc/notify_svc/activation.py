"""Whether our texts fit what the providers have approved, before any of them is sent.

A provider's template is in use from the start on that finds it approved; one that a message of
ours does not fit would be refused then, message by message. So it stops the start, and is named.
"""

from collections.abc import Iterator, Mapping, Sequence

from notify_svc.channels import Carrier
from notify_svc.domain import Kind
from notify_svc.provider_templates import ProviderTemplates
from notify_svc.render import Templates
from shared.contracts.notify import Channel

LONG = "长" * 60  # longer than any field


class DoesNotFit(Exception):
    """Texts of ours that their provider would refuse; all of them are named."""

    code = "provider_template_does_not_fit"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"{self.code}: {'; '.join(problems)}")


def activate(
    templates: Templates, carriers: Mapping[Channel, Carrier], approved: ProviderTemplates
) -> None:
    """Raises: DoesNotFit. What has no approved template is not used, so it may be anything."""
    problems = [
        f"{channel}, {kind}: {problem}"
        for channel, carrier in carriers.items()
        for kind in _used(templates, carrier, approved)
        for problem in problems_of_the_text(templates, carrier, kind)
    ]
    if problems:
        raise DoesNotFit(problems)


def problems_of_the_text(templates: Templates, carrier: Carrier, kind: Kind) -> Sequence[str]:
    """With the sample's words, and with words as long as people may write them."""
    sample = templates.sample(kind)
    longest = {
        name: LONG if isinstance(word, str) and name != "link" else word
        for name, word in sample.items()
    }
    found: list[str] = []
    for words in (sample, longest):
        message = templates.render(kind, carrier.channel, words)
        found += [one for one in carrier.problems(kind, message) if one not in found]
    return found


def _used(templates: Templates, carrier: Carrier, approved: ProviderTemplates) -> Iterator[Kind]:
    of_the_provider = approved.get(carrier.channel, {})
    for kind in Kind:
        if not templates.has(kind, carrier.channel):
            continue
        theirs = of_the_provider.get(kind)
        if not carrier.sends_only_approved or (theirs is not None and theirs.usable):
            yield kind
