//! Which windows are open: as the window manager lists them (EWMH), or as they lie on the screen where none runs.

use std::collections::VecDeque;

use klieg_studio_model::{self as model, OpenWindow};
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt, GetPropertyReply, MapState, Window, WindowClass};

use super::{Display, Trouble};

/// Windows that are looked at; more are left out.
const MOST: usize = 512;
/// Of a title or a class, in units of four bytes.
const LONGEST: u32 = 1_024;

impl Display {
    /// What is open, in the window manager's order, each only once.
    pub(crate) fn windows(&self) -> Result<Vec<OpenWindow>, Trouble> {
        let mut found: Vec<OpenWindow> = Vec::new();
        for (_, window) in self.listed()? {
            if !found.contains(&window) {
                found.push(window);
            }
        }
        Ok(found)
    }

    /// The first window that is meant, preferring one that can be seen.
    pub(crate) fn find(&self, wanted: &model::Window) -> Result<Option<Window>, Trouble> {
        let mut found = None;
        for (id, window) in self.listed()? {
            if wanted.is_of(&window.application, &window.title) {
                if self.is_visible(id)? {
                    return Ok(Some(id));
                }
                found = found.or(Some(id));
            }
        }
        Ok(found)
    }

    /// Whether a window is there and neither minimised nor on another workspace.
    pub(crate) fn is_visible(&self, window: Window) -> Result<bool, Trouble> {
        let attributes = met(self.connection.get_window_attributes(window)?.reply())?;
        Ok(attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE))
    }

    fn listed(&self) -> Result<Vec<(Window, OpenWindow)>, Trouble> {
        let ids = match self.client_list()? {
            Some(ids) => ids,
            None => self.clients_of_the_tree()?,
        };
        let Self { connection, atoms, .. } = self;
        let property = |id, name: Atom| connection.get_property(false, id, name, AtomEnum::ANY, 0, LONGEST);
        // All are asked before the first answer is waited for.
        let asked = ids.into_iter().take(MOST).map(|id| {
            Ok((
                id,
                property(id, atoms._NET_WM_WINDOW_TYPE)?,
                property(id, atoms._NET_WM_NAME)?,
                property(id, AtomEnum::WM_NAME.into())?,
                property(id, AtomEnum::WM_CLASS.into())?,
            ))
        });
        let asked: Vec<_> = asked.collect::<Result<_, Trouble>>()?;
        let mut found = Vec::new();
        for (id, kind, long_name, name, class) in asked {
            let answers = (met(kind.reply())?, met(long_name.reply())?, met(name.reply())?, met(class.reply())?);
            // One that was closed meanwhile answers with an error.
            let (Some(kind), Some(long_name), Some(name), Some(class)) = answers else { continue };
            let is_furniture = kind.value32().is_some_and(|mut kinds| {
                kinds.any(|kind| kind == atoms._NET_WM_WINDOW_TYPE_DESKTOP || kind == atoms._NET_WM_WINDOW_TYPE_DOCK)
            });
            let title = if long_name.value.is_empty() { text(&name) } else { text(&long_name) };
            let window = OpenWindow { application: application(&class.value), title };
            let has_name = !window.title.is_empty() || !window.application.is_empty();
            if has_name && !is_furniture {
                found.push((id, window));
            }
        }
        Ok(found)
    }

    fn client_list(&self) -> Result<Option<Vec<Window>>, Trouble> {
        let list = self.connection.get_property(
            false,
            self.root,
            self.atoms._NET_CLIENT_LIST,
            AtomEnum::WINDOW,
            0,
            LONGEST,
        )?;
        Ok(list.reply()?.value32().map(Iterator::collect))
    }

    /// Windows that lie on the screen, or in the frames that lie there.
    fn clients_of_the_tree(&self) -> Result<Vec<Window>, Trouble> {
        let (mut clients, mut looked_at) = (Vec::new(), 0);
        let mut waiting: VecDeque<_> = [(self.root, 0)].into();
        while let Some((window, depth)) = waiting.pop_front() {
            let Some(tree) = met(self.connection.query_tree(window)?.reply())? else { continue };
            for child in tree.children {
                looked_at += 1;
                if looked_at > MOST {
                    return Ok(clients);
                }
                let attributes = self.connection.get_window_attributes(child)?;
                let class = self.connection.get_property(false, child, AtomEnum::WM_CLASS, AtomEnum::ANY, 0, 1)?;
                let name = self.connection.get_property(false, child, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 1)?;
                let state = self.connection.get_property(false, child, self.atoms.WM_STATE, AtomEnum::ANY, 0, 1)?;
                let answers = (met(attributes.reply())?, met(class.reply())?, met(name.reply())?, met(state.reply())?);
                let (Some(attributes), Some(class), Some(name), Some(state)) = answers else { continue };
                if attributes.class != WindowClass::INPUT_OUTPUT || attributes.map_state != MapState::VIEWABLE {
                    continue;
                }
                if [class, name, state].iter().any(|property| property.type_ != 0) {
                    if !attributes.override_redirect {
                        clients.push(child);
                    }
                } else if depth < 3 {
                    waiting.push_back((child, depth + 1));
                }
            }
        }
        Ok(clients)
    }
}

/// Text in UTF-8, or in Latin-1 as titles were before.
fn text(property: &GetPropertyReply) -> String {
    let text = if property.type_ == u32::from(AtomEnum::STRING) {
        property.value.iter().copied().map(char::from).collect()
    } else {
        String::from_utf8_lossy(&property.value).into_owned()
    };
    text.trim_end_matches('\0').trim().to_owned()
}

/// The second of the two strings of `WM_CLASS`, each of which ends with a zero.
fn application(class: &[u8]) -> String {
    let mut strings = class.split(|&byte| byte == 0);
    let instance = strings.next().unwrap_or_default();
    let class = strings.next().filter(|class| !class.is_empty()).unwrap_or(instance);
    class.iter().copied().map(char::from).collect()
}

/// An answer, or none if what was asked about has gone.
pub(super) fn met<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, Trouble> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(Trouble::Gone(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_known_by_its_class() {
        for (class, expected) in [
            (&b"Navigator\0firefox\0"[..], "firefox"),
            (b"xterm\0XTerm\0", "XTerm"),
            (b"only\0", "only"),
            (b"only\0\0", "only"),
            (b"", ""),
            (b"caf\xe9\0caf\xe9", "café"),
        ] {
            assert_eq!(application(class), expected);
        }
    }
}
