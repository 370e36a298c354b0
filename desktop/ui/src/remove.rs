//! Taking items out of the edited scene, by key or by menu: it asks first and says what goes with them, for a key is pressed by mistake.
//! Undo brings all of it back, so Enter is enough.

use dioxus::prelude::ReadableExt;
use klieg_studio_model::{Command, Edit, ItemId, figures};

use crate::desk;
use crate::dialog::Question;
use crate::studio::{STUDIO, edited};

/// Asks whether these items go.
pub fn ask(ids: Vec<ItemId>) {
    let studio = STUDIO.peek();
    let (scene, collection) = (edited(&studio), studio.collection.clone());
    drop(studio);
    let Some(known) = collection.scene(&scene) else { return };
    let names: Vec<_> = known.items.iter().filter(|item| ids.contains(&item.id)).map(|item| &item.source).collect();
    let going = collection.going_with(&scene, &ids);
    let (title, verb, keep) = match &names[..] {
        [] => return,
        [only] if going.is_empty() => (format!("Remove “{only}”?"), "Remove item", "Keep it"),
        [only] => (format!("Remove “{only}”?"), "Remove source", "Keep it"),
        several => (format!("Remove {} items?", several.len()), "Remove items", "Keep them"),
    };
    let text = match (&going[..], names.len()) {
        ([], 1) => "Its source stays, for it stands in another place too. Undo brings it back.".to_owned(),
        ([], _) => "Their sources stay, for they stand in other places too. Undo brings them back.".to_owned(),
        ([_], 1) => "It stands nowhere else, so its settings and filters go with it. Undo brings it back.".to_owned(),
        ([only], _) => {
            format!("{only} stands nowhere else, so its settings and filters go too. Undo brings all of it back.")
        }
        (several, _) => format!(
            "{} stand nowhere else, so their settings and filters go too. Undo brings all of it back.",
            figures::listed(several)
        ),
    };
    let command = Command::Edit { edit: Edit::RemoveItems { scene, ids }, gesture: None };
    desk::ask(Question { title, text, verb: verb.to_owned(), keep, can_undo: true, command });
}
