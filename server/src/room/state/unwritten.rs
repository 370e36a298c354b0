//! What holds of people and is not written down yet: the desk works on the tables, and moderators would not find there whom they have
//! just banned.

use std::collections::BTreeMap;

use klieg_api::Handle;
use klieg_api::desk::{Silence, Silenced, UnwrittenRights};
use klieg_api::live::Frame;

use super::keeping::Then;
use super::{Now, Record, Room};
use crate::database::moment;

/// People that are named of each.
const MOST: usize = 200;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unwritten {
    rights: Vec<UnwrittenRights>,
    silenced: Vec<Silenced>,
}

impl Unwritten {
    pub(super) fn is_empty(&self) -> bool {
        self.rights.is_empty() && self.silenced.is_empty()
    }

    pub(super) fn frame(&self, room: Handle) -> Frame {
        Frame::Unwritten { room, rights: self.rights.clone(), silenced: self.silenced.clone() }
    }
}

impl Room {
    /// Tells moderators what is not written down yet, if they were told otherwise.
    pub(super) fn tell_unwritten(&mut self, now: &Now) {
        let unwritten = self.unwritten(now);
        if unwritten != self.desk.unwritten {
            let frame = unwritten.frame(self.handle.clone());
            self.desk.unwritten = unwritten;
            self.moderators(&frame);
        }
    }

    fn unwritten(&self, now: &Now) -> Unwritten {
        let (mut rights, mut silences) = (BTreeMap::new(), BTreeMap::new());
        let on_their_way = self.unkept.values().map(|unkept| &unkept.then);
        // Of what was said of the same, what is owed was said last.
        for then in on_their_way.chain(self.owed.each()) {
            let Then::Guard(_, record) = then else { continue };
            match &**record {
                Record::Silence { who, silence: Some(silence), act, .. } if silence.holds(now.at) => {
                    silences.insert(who, (silence, act));
                }
                Record::Silence { who, .. } => {
                    silences.remove(who);
                }
                Record::Moderator { who, rights: of, .. } => {
                    rights.insert(who, *of);
                }
                _ => {}
            }
        }
        let rights = rights.into_iter().map(|(who, rights)| UnwrittenRights { who: who.clone(), rights });
        let silenced = silences.into_iter().map(|(who, (silence, act))| Silenced {
            who: who.clone(),
            silence: Silence { until: silence.until.map(moment), reason: act.detail.clone() },
            since: moment(silence.since),
        });
        Unwritten { rights: rights.take(MOST).collect(), silenced: silenced.take(MOST).collect() }
    }
}
