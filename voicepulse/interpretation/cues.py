"""Words that tell what a clause does: condition, hand the decision on, take a side, promise, refuse, concede, turn.

A cue alone decides nothing; the fitted heads weigh cues, position and meaning together. Written from how people talk,
not taken from one study.
"""

from __future__ import annotations

import re

CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        # conditions that could flip the choice
        "if": r"\bif\b",
        "unless": r"\b(unless|except if|failing that|absent|barring)\b",
        "as_long_as": r"\b(as long as|so long as|provided|providing|on condition|on one (condition|assumption)|assuming|only if|until|hinges?|hangs? on|depends?)\b",
        "inverted": r"^\W*(should|were|had) (the|they|he|she|it|that|we|somebody|someone|anybody|our|a)\b",
        "suppose": r"\b(suppose|say (the|they|he|she|we)|in case|the (day|moment|minute)|once|show me|give me|get me|bring me|push them)\b",
        "flip": r"\b(flip|swap|switch|reverses?|turn round|turn around|the other way|change my (mind|answer)|then (the other|i'd|we'd|it's)|all bets|different (story|matter|answer)|another (story|matter)|in which case|i'm out|i'd (go|say|move|come|take) (for )?the other|withdraw|back to)\b",
        "filler_if": r"\b(if (you|i) (ask|like|want|will|may|must|know|think about)|if i'm honest|if anything|as if|even if|what if|i (don't|do not|couldn't) (know|care) (if|whether))\b",
        # somebody else decides
        "not_mine": r"\b(not (mine|my|ours|our) (to|call|decision|place)|isn't (mine|my|ours|our)|aren't mine|above my|over my (head|limit)|don't have a vote|not for me|wrong (man|woman|person)|who am i)\b",
        "their_call": r"\b(('s|is|are|be) (call|decision|choice|say)|(his|her|their|\w+'s) (call|decision|word|say|signature|yes)|up to|owns? (the|that|it|this)|say in it|has the say|the say here|sits? with|falls to|rests with|lies with|belongs? to)\b",
        "ask_first": r"\b(ask(ed|ing)?|consult|check with|go(es)? (to|through|before)|run it (by|past)|okay it|ok it|sign(s|ed)? (it )?off|approv\w+|nod|minute it|rule on|ruling|votes?|decides?|settles?|hear(d)? (on|first)|wait (on|for) (them|him|her|the))\b",
        "body": r"\b(board|committee|council|director|chief|boss|chair(man|woman)?|head of|manager|regulator|lawyers?|legal|partners(hip)?|governors?|trustees?|union|steering|minister|authority|insurer|principal|founder|owner|matron)\b",
        # what is said about the strategy or the decision
        "strategy": r"\b(strategy|slogan|motto|principle|policy|poster|mug|rule|plan|sentence|idea|promise|line|vision|first)\b",
        "for_it": r"\b(i (fully |really |totally |do |still |even )?(agree|believe|support|back|like|love|mean it|stand by|signed up)|i'm (all )?(for|in|behind|with)|i was (made up|all for)|(it|that|they|he|she)('s| is| are|'re) right|dead right|all in|hand on heart|couldn't agree more|glad|proud|sound|first to say)\b",
        "against_it": r"\b(disagree\w*|don't (agree|believe|share|buy|like|hold with)|never (agreed|liked|believed|did|saw|bought|shared)|against|not in favou?r|argued|voted|opposed|upside down|wrong|mistake|nonsense|daft|silly|foolish|strange religion|backwards|lost (the|that) (vote|argument|fight)|outvoted|overruled|my opinion|objected)\b",
        "decided": r"\b(decided|decision('s| is| has)?|it's settled|the vote|voted|outvoted|overruled?|orders?|the room|fight|they chose|that's the (rule|job)|been (made|taken|told)|lost)\b",
        # whether they will carry it out
        "will": r"\b(i'll|i will|i'm (doing|going to|taking|putting|nursing|writing)|we'll|my (team|people|lot|crew) (will|ships?|does|do)|count on|rely on|put me down|you('ll| will) (get|have)|i shall|i've (told|already|put|booked|asked|got the)|consider it done|you have my|my word)\b",
        "wont": r"\b(i won't|i will not|i'm not (doing|going|having|putting|signing|opening|covering)|i shan't|not my (lot|name|hands?)|won't be me|my name (won't|isn't|will not)|couldn't put my|refuse|over my dead|someone else (can|writes?|will)|somebody else (can|writes?|will)|without me|count me out|not on my|find (someone|somebody) else|they may|he can come)\b",
        # costs accepted
        "cost": r"\b(lose|loses|losing|lost|miss|costs?|price|hurts?|hurt|painful|ugly|cross|angry|grumble|wait|waits|waiting|goodbye|gone|sorry|let down|worse|slower|late|apologi[sz]e|annoy|disappoint\w*|less|without|sad|pity|shame)\b",
        "accept": r"\b(so be it|fine|i accept|accept|i('ll| will| can|'d| would)? (live|wear|take|carry|eat|swallow|bear)|we wear|in my sum|that's the price|i know|never mind|let (them|it)|yes|yeah|okay|i'm sorry|can't be helped|all right)\b",
        # reasons
        "because": r"\b(because|'cause|cos|since|so that|that's why|the reason|reason|after all|for one|simply|why\?)\b",
        "number": r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|third|quarter|percent)\b",
        "past": r"\b(was|were|had|did|went|came|said|told|saw|took|gave|got|lost|sat|used to|last (year|week|month|time|winter|summer|spring|autumn))\b",
        "modal": r"\b(would|could|can't|cannot|couldn't|won't|must|have to|has to|need(s)?|should)\b",
        "nobody": r"\b(nobody|nothing|never|no one|none|not a|no)\b",
        # the choice itself
        "i_would": r"\b(i'd|i would|i'm (going|for|with|saying)|we (do|go|take|should|build|keep|sign)|let's|give (it|them|her|him)|put (it|them|her|him)|so (it|i|we|the|that|those|no|yes)|my answer|i (go|say|choose|pick|take|vote)|goes? (in|first|to))\b",
        "rejected": r"\b(not (the|that|this|their|those)|rather than|instead of|no to|turn (it|them|him|her) down|forget|leave (it|them|the)|drop|skip|nah|don't|doesn't|isn't)\b",
        "both": r"\b(both|half (and|of each)|do the two|split|share it|a bit of each|each|together|also the|as well)\b",
        "neither": r"\b(neither|none of|either of them|don't like either|not either|third way|something else|leave it alone|nor)\b",
        "undecided": r"\b(don't know|can't (say|decide|choose|pick)|no idea|not sure|toss|coin|torn|fifty-fifty|either way|on the fence|wavering|couldn't (say|tell|choose)|ask me (again|tomorrow)|haven't (decided|made))\b",
        # turns and other people's views
        "turn": r"\b(but|however|still|yet|no\b, |actually|wait|correct that|scratch that|on second thought|mind you|that said|having said|then again|only)\b",
        "quoted": r"\b(says?|said|tells?|told me|thinks?|argues?|would argue|keeps saying|they want|wants|according to|everybody|people say)\b",
        "concession": r"\b(i know|i get|of course|sure|granted|fair enough|true|admittedly|i see|lovely|great|with all respect|don't get me wrong)\b",
        "question": r"\?|^(why|what|who|how|do you|does|is it|are we|whose)\b",
    }.items()
}


def cue_vector(clause: str) -> list[float]:
    """One if the cue stands in the clause, else zero; in the order of CUES."""
    return [1.0 if pattern.search(clause) else 0.0 for pattern in CUES.values()]
