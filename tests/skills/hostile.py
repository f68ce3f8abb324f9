"""Texts that try to break out of wherever they stand."""

from hypothesis import strategies as st

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("`*_[]()<>#+-=.!|~&;:\\ \n\t\"'1a/\u202e\x1b\r\u2028"), st.characters(codec="utf-8")
    ),
    max_size=60,
)
