"""How many syllables an English word has, by rule. `bench/syllables.py` measures how often that is right.

Runs of vowels are counted. Then the vowels that are written and not said are taken off, and those that stand beside
each other and are said apart are added.
"""

import re
from functools import lru_cache

VOWELS = re.compile("[aeiouy]+")
FIRST = (  # first parts of compounds that end in a silent e
    "ache|base|bare|blue|brake|cake|cave|cheese|clothes|date|dove|edge|eye|face|fare|file|fire|fore|frame|game|gate|glue|grape|grave|hare|"
    "here|home|hope|horse|house|lake|large|late|life|like|line|live|love|make|mine|more|name|nerve|nine|noise|nose|note|nurse|"
    "one|page|pipe|place|race|rose|safe|sale|same|save|score|shore|side|smoke|snake|snow|some|space|spine|stage|state|stone|"
    "store|stroke|take|tape|there|these|time|trade|tube|type|voice|wake|wave|where|white|whole|wide|wife|wine|wipe|wire|wise"
)
SILENT = [
    r"[^aeiouy]e$(?<![^aeiouy]le)",  # cape, but not table
    r"(?<=[aeiouy])les$|[^aeiouycgsxz]es$(?<!les)(?<!ches)(?<!shes)",  # capes and miles, but not boxes and tables
    r"[^aeiouydt]ed$(?<![^aeiouyl]led)(?<![^aeiouyr]red)",  # helped, but not rested, handled and sacred
    r"[aeiou][gq]ue(?:s|d)?$",  # league
    r"[^aeiouy]e(?=(?:ly|less|ful|fully|ment|ments|ness|nesses|lessly|lessness)$)(?<![^aeiouy]le)",  # safely
    rf"^(?:{FIRST})(?=[^aeiouylrsnd][^aeiouy]{{0,2}}[aeiouy])",  # homework
    r"(?<=[^aeiouy])e(?=(?:man|men|land|lands|son|ville|burg|wood|worth|bury|berg|field|ford|well|more)$)(?<!le)(?<!ane)",
    r"ically$",
    r"^every|^evening$|business|^different|comfortabl|vegetabl",
]
APART = [
    r"[^ctgsxz]ia|[ct]ia(?=t(?:e|ed|es|ing|ion|ions|or)$)",  # dial, but not special
    r"i(?:o(?!u)(?![rn])|or)|[^stcgxnl]ion|[^aeioucgtsxl]iou",  # biology, but not station
    r"i(?:um|us)|[^cstgr]ie(?=t|n[ct])|[^fp]rie(?=n[ct]|t)|[^aeiou]iers?$|[^aeiou]iest$",  # medium, quiet, earlier
    r"[^g]eo(?!n$|ns$|us|u)|[^aeioucgt]eous$",  # people is one of the exceptions
    r"[aeiouy]ing|[^gq]ua(?!r[dtk])(?<!rsua)|[^gqb]ue(?=[ln]t|l$|ls$)|[^gqbr]ui(?=t[iy]|[dn]$|d[^e])|uou",
    r"[rntdc]ea(?=t(?:e|ed|es|ing|ion|ions|ive|or|ors)$|l(?:ity|ism|ist)|n$|ns$|s$)",
    r"^re(?=[aiu]|e[nmxsv].)(?!a[dlms]|in[sd]|ar|au|ich|a[cp]h|i[lc])|^(?:pre|de)(?=[aio])(?!a[dlnrft]|ach|ai)",
    r"^co(?=op|or[dp]|ed|in[chs]|ex)|^(?:tri|bi|di|vi|qui|hi)(?=a|e[tnr]|o)(?<=^hi)|^(?:tri|bi|di|vi|qui)(?=e[nr]|u)|^sci(?=a)",
    r"[ao]e(?=r$|ti[cs]|m)|oa(?=s[ei]s)|yo(?=n$|ns$)(?<=[nr]yo)|[^aeiou]ya(?=n|l)|[aeou]ye(?=r)",
    r"sms?$|thms?$|[aeo]isms?$|[^aeiouy]n't$|^mc(?!$)|(?:s|x|z|ch|sh|ce|se|ge)'s$",
]
SILENT, APART = ([re.compile(pattern) for pattern in patterns] for patterns in (SILENT, APART))


@lru_cache(maxsize=20_000)
def syllables(word):
    """Return how many syllables a word has; one with hyphens, as many as its parts. A number has one a digit."""
    parts = re.split("[^a-z0-9']+", word.lower().replace("’", "'"))
    return max(1, sum(map(of_part, filter(None, parts))))


def of_part(part):
    if not part[0].isalpha():
        return sum(map(str.isdigit, part))
    part = re.sub("(?<!s)(?<!x)(?<!z)(?<!ch)(?<!sh)(?<!ce)(?<!se)(?<!ge)'s$|'(?:d|m|ll|re|ve)$", "", part)
    count = len(VOWELS.findall(part))
    count -= sum(bool(pattern.search(part)) for pattern in SILENT)
    count += sum(len(pattern.findall(part)) for pattern in APART)
    return max(1, count)
