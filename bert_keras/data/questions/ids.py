"""Ids of questions that are unique in their source."""

from bert_keras.data.questions.question import RenamedQuestion


class UniqueIds:
    """Gives each question an id of its own: the stated one to the first that has it, to later ones that with a number.

    Attributes:
        renamed: The questions whose id an earlier question has.
    """

    def __init__(self) -> None:
        self.renamed: list[RenamedQuestion] = []
        self._places: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def take(self, stated_id: str, place: str) -> str:
        """Returns the id of the next question: "w1" for the first of id w1, then "w1#2", "w1#3"."""
        id_ = stated_id
        while id_ in self._places:
            self._counts[stated_id] = self._counts.get(stated_id, 1) + 1
            id_ = f"{stated_id}#{self._counts[stated_id]}"
        if id_ != stated_id:
            self.renamed.append(RenamedQuestion(id_, stated_id, place, self._places[stated_id]))
        self._places[id_] = place
        return id_
