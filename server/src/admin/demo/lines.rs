//! What the people of the demo say, in turn.

/// Something that somebody says about the show.
pub(super) struct Line {
    pub who: &'static str,
    pub text: &'static str,
    /// It answers the line before it.
    pub answers: bool,
    /// Who puts which emoji to it.
    pub reactions: &'static [(&'static str, &'static str)],
}

const fn says(who: &'static str, text: &'static str) -> Line {
    Line { who, text, answers: false, reactions: &[] }
}

const fn answers(who: &'static str, text: &'static str) -> Line {
    Line { answers: true, ..says(who, text) }
}

const fn liked(mut line: Line, reactions: &'static [(&'static str, &'static str)]) -> Line {
    line.reactions = reactions;
    line
}

const NOVA: &str = "nova";
const TIDE: &str = "tidewater";
const MARGINS: &str = "marginalia";
const BAKERY: &str = "sourdough_and_co";
const NACHT: &str = "lange_nacht";
const MEADOW: &str = "high_meadow";

pub(super) const LINES: &[Line] = &[
    says(TIDE, "Those chords again. I would know that room anywhere."),
    liked(says(BAKERY, "Good morning from the bakery. The dough is resting, and so am I."), &[(MEADOW, "👋")]),
    says(MARGINS, "Is the clock drawn here, or is it part of the picture?"),
    liked(
        answers(NOVA, "Drawn into each frame by the engine. If anything stutters, you see it there first."),
        &[(MARGINS, "👍")],
    ),
    says(MEADOW, "The lamps look like fog coming over the ridge at half past four."),
    says(NACHT, "Guten Abend zusammen. Das Licht passt gut zu einem langen Endspiel."),
    liked(answers(BAKERY, "Evening? My ovens say otherwise."), &[(NACHT, "😂")]),
    says(TIDE, "I keep waiting for the chords to resolve. They are in no hurry."),
    liked(answers(NOVA, "Nobody should have to resolve anything on a test card."), &[(TIDE, "😂"), (BAKERY, "👏")]),
    says(MARGINS, "I left this on while reading a grammar, and the grammar got shorter."),
    liked(says(MEADOW, "Two ibex walked past my camera. Neither of them buffered."), &[(MARGINS, "😂")]),
    says(NACHT, "Wie weit liegt das Bild bei euch zurück? Hier merke ich nichts davon."),
    answers(MARGINS, "I said the seconds aloud with the clock, and it agreed with me."),
    says(TIDE, "The slow sweep from left to right, that is my favourite. It breathes."),
    liked(says(BAKERY, "Forty loaves shaped to this. It keeps a good tempo."), &[(TIDE, "👏"), (NOVA, "❤️")]),
    says(NACHT, "Can I choose the next colour?"),
    liked(
        answers(NOVA, "There is a reward for that. Watching earns the points, and you have been here for hours."),
        &[(NACHT, "🎉")],
    ),
    says(MEADOW, "Clouds are coming in here. Your lamps are the brightest thing on my desk."),
    says(MARGINS, "A question for later: what would you call the part that puts the lamps into the frame?"),
    answers(NOVA, "The compositor. Dull name, lovely job."),
    liked(answers(MARGINS, "I withdraw every better name I had."), &[(NOVA, "😂")]),
    says(TIDE, "Headphones on. There is a low note under the chords that speakers hide."),
    answers(BAKERY, "I heard it through the oven door, I think. Or that was the oven."),
    says(NACHT, "Noch eine Partie nebenbei, dann schaue ich wieder auf die Uhr im Bild."),
    liked(says(MEADOW, "Battery at 80 percent, sun still up. I can stay."), &[(NOVA, "👍")]),
    says(MARGINS, "The dust in the beams is a nice touch. It drifts instead of blinking."),
    liked(answers(NOVA, "Each mote has its own speed. I spent too long on that."), &[(MEADOW, "❤️"), (MARGINS, "🔥")]),
    answers(TIDE, "Not too long. Exactly long enough."),
    says(BAKERY, "First tray is out. I wish this chat carried smells."),
    liked(answers(MEADOW, "The marmots and I would be over at once."), &[(BAKERY, "😂")]),
    says(NACHT, "Turm gegen Läufer, und im Hintergrund diese Lampen. Ein guter Abend."),
    says(TIDE, "When the amber lamp crosses the blue one, could it stay there for a bar longer?"),
    answers(NOVA, "I shall ask it. It has its own ideas."),
    says(
        MARGINS,
        "I switched the player to the other way of playing and back. I noticed only the number in the corner.",
    ),
    liked(says(BAKERY, "The shop opens in an hour. Leave the lights on for me."), &[(NOVA, "👍"), (TIDE, "👋")]),
    says(MEADOW, "It is very quiet here. That is meant as praise."),
    answers(NACHT, "Dem schließe ich mich an."),
    liked(
        says(NOVA, "Thank you for the company, everybody. The lamps go on."),
        &[(TIDE, "❤️"), (MEADOW, "❤️"), (BAKERY, "🎉")],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::PEOPLE;
    use super::*;

    #[test]
    fn only_people_of_the_demo_speak_and_nobody_answers_nothing() {
        let is_known = |who: &str| PEOPLE.iter().any(|person| person.handle == who);
        for line in LINES {
            assert!(is_known(line.who) && line.reactions.iter().all(|(who, _)| is_known(who)), "{}", line.text);
            assert!(line.reactions.iter().all(|(who, _)| *who != line.who), "{}", line.text);
        }
        assert!(!LINES[0].answers);
        let mut texts: Vec<&str> = LINES.iter().map(|line| line.text).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), LINES.len(), "each is said once before they begin anew");
    }
}
