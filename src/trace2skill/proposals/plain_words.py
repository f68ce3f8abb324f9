"""Words that any sentence of advice may have, whatever it is about."""

PLAIN_WORDS = frozenset(
    """
    after again already also always and any anything apply been before being both call carry check does
    done else ensure every everything first following found from have having here into itself just make
    must need never next once one only other otherwise perform please read right same should show shown
    soon still such sure take that their them then there these they this until used using when whenever
    where whether which while will with you your
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
