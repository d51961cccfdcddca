"""Values of the fields of the contract: right ones, ones that pydantic converts, null, and wrong ones."""

from json_text import Pairs, Raw

ID = ("alpha", "beta", "gamma", "delta", "12", "é", "日本", "a b", "x/y", "*", "d_0")
AUTHORS = ("Al", "Ines", "Ω", "", "5", "True")
WORDS = (
    "heron",
    "quartz",
    "ledger",
    "été",
    "солнце",
    "日本語",
    "مرحبا",
    "naïve",
    "😀",
    "tea\u0301",
    "“quoted”",
    "back\\slash",
    '"',
    "</p>",
)
ODD_TEXT = (
    "",
    " ",
    "\n\n",
    "\u0000",
    "a\u0000b",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "x" * 300,
    "\U0001f469\u200d\U0001f4bb",
    "\ufffd",
    "\x7f",
    "\x1b",
)
NUMBERS = (0, 1, -1, 5, 12, 2.7, -0.5, 1e16, 1e22, 123456789012345678, 1.0, 0.1, 1e-7, 100000.0, 1.5e300)
LITERALS = (
    "-0",
    "1E3",
    "1e5",
    "-0.0",
    "2.50",
    "1e-5",
    "0.00001",
    "1e400",
    "-1e400",
    "1e16",
    "123456789012345680.0",
    "99999999999999999999",
    "-99999999999999999999",
    "0e5",
    "1E+2",
    "5e-324",
    "0.1e1",
    "9007199254740993.0",
)
DATES = (
    "2021-01-21",
    "2021-01-21T10:00:00Z",
    "2021-01-21T10:00:00-02:00",
    "2021-01-21 10:00",
    "2021-01",
    "20210121",
    "2021-W03-4",
    "2021-021",
    "2021/01/21",
    "2021-1-2",
    "2021",
    "2021-01-21T10:00:00.9",
    "2021-01-21T10:00:00,5+05:30",
    "2021-01-21T10",
    "1999-12-31T23:59:59+00:00",
)
ODD_DATES = (
    "01/21/2021",
    "yesterday",
    "",
    "2021-02-30",
    "2021-13-01",
    "2021-01-21T25:00",
    "1611223200",
    "21 January 2021",
    "2021-01-21T10:00:00 UTC",
    "2021-01-21Z",
    "2021.01.21",
    "2021-01-21T10:00:60",
    "2021-W54-1",
    "2021-366",
    " 2021-01-21",
    "2021-01-21t10:00:00z",
    "2000-01-01t00:00:00z",
    "2020-01-01T00:00:00z",
    "2021-01-21T24:00:00",
    "0000-01-01",
    "9999-12-31",
    "2021-01-21T10:00:00+25:00",
    "2021-01-21T10:00:00.123456789",
    "２０２１-01-21",
)
TOP_K_TEXT = (
    "5",
    "07",
    " 9 ",
    "+4",
    "1_0",
    "1__0",
    "_1",
    "1_",
    "3.0",
    "1e2",
    "0x10",
    "",
    " ",
    "five",
    "٣",
    "5\n",
    "\u00a05",
    "- 5",
    "-3",
    "９",
)
BOOLEAN_TEXT = ("true", "TRUE", "Yes", "no", "on", "off", "t", "F", "y", "n", "0", "1", " true", "2", "", "null", "ja", "oN")
WRONG = ([], {}, ["a"], {"a": 1}, [["query", "x"]], [[]], [1, 2], ["ab"], {"eq": "Al"}, {"in": ["Al", "Ines"]}, [None])


class Values:
    def __init__(self, rng):
        self.rng = rng
        self.number = 0

    def chance(self, share):
        return self.rng.random() < share

    def sentence(self, unique=True):
        words = [self.rng.choice(WORDS) for _ in range(self.rng.randint(2, 8))]
        self.number += 1
        return " ".join(words) + (f" number {self.number}" if unique else "")

    def scalar(self):
        return self.rng.choice(
            (None, True, False, self.rng.choice(NUMBERS), Raw(self.rng.choice(LITERALS)), self.rng.choice(ODD_TEXT))
        )

    def wrong(self):
        return self.rng.choice(WRONG)

    def mixed(self, right, share=0.7):
        """A right value, or one that is converted, or null, or wrong."""
        if self.chance(share):
            return right()
        return self.wrong() if self.chance(0.35) else self.scalar()

    def text(self):
        return self.mixed(self.sentence, 0.8)

    def identifier(self):
        return self.mixed(lambda: self.rng.choice(ID), 0.75)

    def source(self):
        return self.mixed(
            lambda: self.rng.choice(("email", "file", "chat", "email", "file", "chat", "web", "Email", "email ", "")), 0.85
        )

    def author(self):
        return self.mixed(lambda: self.rng.choice(AUTHORS), 0.8)

    def date(self, odd=0.15):
        return self.mixed(lambda: self.rng.choice(ODD_DATES if self.chance(odd) else DATES), 0.9)

    def top_k(self):
        return self.mixed(lambda: self.rng.choice((1, 2, 3, 10, 1000, 1000, 0, -3, 1001, self.rng.choice(TOP_K_TEXT))), 0.7)

    def count(self):
        return self.mixed(lambda: self.rng.choice((0, 1, 2, 100, 100, 1000, -1, self.rng.choice(TOP_K_TEXT))), 0.7)

    def boolean(self):
        return self.mixed(lambda: self.rng.choice((True, False, self.rng.choice(BOOLEAN_TEXT))), 0.75)

    def members(self, fields, keep, extra=()):
        """Each field with the probability `keep`, in any order, now and then twice or with an unknown one beside it."""
        items = [(name, make()) for name, make in fields if self.chance(keep)]
        if self.chance(0.3):
            self.rng.shuffle(items)
        if items and self.chance(0.04):
            items.append((items[0][0], fields[0][1]()))
        if extra and self.chance(0.1):
            items.append((self.rng.choice(extra), self.rng.choice((self.scalar(), self.wrong()))))
        return Pairs(items)
