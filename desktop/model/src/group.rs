//! Groups: items of a scene that are arranged as one.
//!
//! A group is a name that items bear, and two switches. Its members stand next to each other; [`Scene::tidy`] sees to that
//! after every change, so that no edit has to.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::collection::{Scene, free};
use crate::edit::{Refused, named};
use crate::show::{Item, ItemId};

/// What holds for all members of a group, whatever holds for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique in its scene.
    pub name: String,
    /// Neither seen nor heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// The studio does not move it by accident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

impl Group {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), hidden: false, locked: false }
    }
}

impl Scene {
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The items of a group, from the bottom up.
    pub fn members<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.group.as_deref() == Some(group))
    }

    /// The group that an item belongs to.
    fn group_of(&self, item: &Item) -> Option<&Group> {
        self.group(item.group.as_deref()?)
    }

    /// Whether an item is neither seen nor heard, by itself or with its group.
    pub fn is_hidden(&self, item: &Item) -> bool {
        item.hidden || self.group_of(item).is_some_and(|group| group.hidden)
    }

    /// Whether an item is not to be moved by accident, by itself or with its group.
    pub fn is_locked(&self, item: &Item) -> bool {
        item.locked || self.group_of(item).is_some_and(|group| group.locked)
    }

    /// These items and all others of their groups, in the scene's order.
    pub fn with_groups(&self, ids: &[ItemId]) -> Vec<ItemId> {
        let taken = |item: &&Item| {
            ids.contains(&item.id)
                || item.group.as_deref().is_some_and(|name| self.members(name).any(|other| ids.contains(&other.id)))
        };
        self.items.iter().filter(taken).map(|item| item.id).collect()
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that is no group's name.
    pub fn free_group_name(&self, wanted: &str) -> String {
        free(wanted, |name| self.group(name).is_some())
    }

    /// Puts the members of each group together, where the topmost one is; forgets groups without members, and adds those that
    /// only their members name.
    pub(crate) fn tidy(&mut self) {
        let mut tops: HashMap<String, usize> = HashMap::new();
        for (place, item) in self.items.iter().enumerate() {
            if let Some(name) = &item.group {
                tops.insert(name.clone(), place);
            }
        }
        let items = std::mem::take(&mut self.items);
        let mut placed: Vec<_> = items.into_iter().enumerate().collect();
        placed.sort_by_key(|(place, item)| {
            (item.group.as_ref().and_then(|name| tops.get(name)).copied().unwrap_or(*place), *place)
        });
        self.items = placed.into_iter().map(|(_, item)| item).collect();
        let mut kept: Vec<Group> = Vec::new();
        for group in std::mem::take(&mut self.groups) {
            if tops.remove(&group.name).is_some() {
                kept.push(group);
            }
        }
        let mut new: Vec<_> = tops.into_keys().map(Group::new).collect();
        new.sort_by(|a, b| a.name.cmp(&b.name));
        kept.extend(new);
        self.groups = kept;
    }

    /// Makes items a group, which takes them out of those they were in.
    pub(crate) fn gather(&mut self, ids: &[ItemId], name: String) -> Result<(), Refused> {
        let name = named(name)?;
        if self.group(&name).is_some() {
            return Err(Refused::GroupExists(name));
        }
        if ids.is_empty() {
            return Err(Refused::NothingChosen);
        }
        self.known(ids)?;
        for item in self.items.iter_mut().filter(|item| ids.contains(&item.id)) {
            item.group = Some(name.clone());
        }
        self.groups.push(Group::new(name));
        Ok(())
    }

    /// Ends a group. What it hid stays hidden, and what it locked stays locked.
    pub(crate) fn disperse(&mut self, name: &str) -> Result<(), Refused> {
        let group = self.group(name).cloned().ok_or_else(|| self.no_group(name))?;
        for item in self.items.iter_mut().filter(|item| item.group.as_deref() == Some(name)) {
            item.group = None;
            item.hidden |= group.hidden;
            item.locked |= group.locked;
        }
        Ok(())
    }

    /// Another name, other switches, or both.
    pub(crate) fn set_group(&mut self, name: &str, group: Group) -> Result<(), Refused> {
        let renamed = named(group.name.clone())?;
        if renamed != name && self.group(&renamed).is_some() {
            return Err(Refused::GroupExists(renamed));
        }
        let missing = self.no_group(name);
        let known = self.groups.iter_mut().find(|known| known.name == name).ok_or(missing)?;
        *known = group;
        for item in self.items.iter_mut().filter(|item| item.group.as_deref() == Some(name)) {
            item.group = Some(renamed.clone());
        }
        Ok(())
    }

    /// Hides the items of a source, or shows them.
    pub(crate) fn set_hidden(&mut self, source: String, hidden: bool) -> Result<(), Refused> {
        let mut items = self.items.iter_mut().filter(|item| item.source == source).peekable();
        if items.peek().is_none() {
            return Err(Refused::NotInScene { scene: self.name.clone(), source_name: source });
        }
        items.for_each(|item| item.hidden = hidden);
        Ok(())
    }

    /// Puts items together at a place among the others, from 0: the bottom.
    pub(crate) fn move_items(&mut self, ids: &[ItemId], to: usize) -> Result<(), Refused> {
        self.known(ids)?;
        let (moved, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.items).into_iter().partition(|item| ids.contains(&item.id));
        let to = to.min(others.len());
        others.splice(to..to, moved);
        self.items = others;
        Ok(())
    }

    /// A copy above each of the items; of a whole group a group of its own, above it.
    pub(crate) fn duplicate(&mut self, ids: &[ItemId], mut free: ItemId) -> Result<(), Refused> {
        self.known(ids)?;
        let whole: Vec<_> = self.groups.iter().map(|group| group.name.clone()).collect();
        let whole: Vec<_> =
            whole.into_iter().filter(|name| self.members(name).all(|item| ids.contains(&item.id))).collect();
        let mut copies: HashMap<String, String> = HashMap::new();
        for name in whole {
            let copy = self.free_group_name(&name);
            let switches = self.group(&name).cloned().unwrap_or_default();
            self.groups.push(Group { name: copy.clone(), ..switches });
            copies.insert(name, copy);
        }
        let mut items = Vec::new();
        // What is to stand above a group's last member.
        let mut held: Vec<Item> = Vec::new();
        for item in std::mem::take(&mut self.items) {
            if held.first().is_some_and(|first| first.group.as_ref() != item.group.as_ref().and_then(|g| copies.get(g)))
            {
                items.append(&mut held);
            }
            items.push(item.clone());
            if ids.contains(&item.id) {
                let copied = item.group.as_ref().and_then(|group| copies.get(group)).cloned();
                let copy = Item { id: free, group: copied.clone().or_else(|| item.group.clone()), ..item };
                free = free.saturating_add(1);
                if copied.is_some() { held.push(copy) } else { items.push(copy) }
            }
        }
        items.append(&mut held);
        self.items = items;
        Ok(())
    }

    /// Refuses what names an item that is not there.
    pub(crate) fn known(&self, ids: &[ItemId]) -> Result<(), Refused> {
        match ids.iter().find(|id| self.item(**id).is_none()) {
            Some(id) => Err(Refused::NoItem { scene: self.name.clone(), id: *id }),
            None => Ok(()),
        }
    }

    pub(crate) fn no_group(&self, name: &str) -> Refused {
        Refused::NoGroup { scene: self.name.clone(), group: name.to_owned() }
    }
}
