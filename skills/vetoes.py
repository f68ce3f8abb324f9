"""What stands against a call: pitfalls whose situation is given, guards whose requirement is not."""

from trace2skill.claims.model import Avoid, Known
from trace2skill.claims.view import View
from trace2skill.skills.knowledge import Knowledge
from trace2skill.traces.model import Action, Actor, Step


def veto(knowledge: Knowledge, view: View, actor: Actor, action: Action) -> str:
    """Why the call must not be made now; empty when nothing stands against it.

    A guard that only asks for a fact to be known is no veto: what can be read was read before.
    """
    if not knowledge.vetoes:
        return ""
    step = Step(index=view.length, actor=actor, action=action)
    trace = view.trace.model_copy(update={"steps": (*view.trace.steps, step)})
    tried = View(trace, belief=view.belief)
    now = view.length
    for claim in knowledge.vetoes:
        if not tried.matches(claim.action)[now]:
            continue
        if isinstance(claim, Avoid):
            if claim.when is None or tried.truth(claim.when)[now]:
                return "a pitfall"
            continue
        if isinstance(claim.require, Known) or (claim.scope and not tried.truth(claim.scope)[now]):
            continue
        if not tried.truth(claim.require)[now]:
            return "a guard is not met"
    return ""
