//! Who calls, and by what right: somebody who has logged in, or a program with an API token of theirs.
//!
//! A handler that asks for a [`Session`] is closed to API tokens. One that is open to them asks for a [`Caller`], and gets at
//! the session only by naming the scope that is needed. So whatever is new is closed until somebody decides otherwise.

use klieg_api::tokens::Scope;
use time::OffsetDateTime;

use super::{Error, Session};

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    pub fn has(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those it has, in the order of [`Scope::ALL`].
    pub fn to_vec(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }

    /// As the database keeps it: the names with blanks between.
    pub fn to_text(self) -> String {
        let names: Vec<&str> = self.to_vec().into_iter().map(Scope::name).collect();
        names.join(" ")
    }

    /// What the database kept. A name that this version does not know allows nothing.
    pub fn of_text(text: &str) -> Self {
        text.split(' ').filter_map(Scope::of).collect()
    }

    const fn bit(scope: Scope) -> u8 {
        1 << scope as u8
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

/// What an API token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub scopes: Scopes,
    /// Never if absent.
    pub expires_at: Option<OffsetDateTime>,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// A program's is its token: it has the token's identifier, and ends with it.
    session: Session,
    /// None for a person, who may do all that is theirs to do.
    grant: Option<Grant>,
}

impl Caller {
    pub(super) fn person(session: Session) -> Self {
        Self { session, grant: None }
    }

    pub(super) fn program(token: Session, grant: Grant) -> Self {
        Self { session: token, grant: Some(grant) }
    }

    pub fn is_person(self) -> bool {
        self.grant.is_none()
    }

    pub fn may(self, scope: Scope) -> bool {
        self.grant.is_none_or(|grant| grant.scopes.has(scope))
    }

    /// The session of a person, or of a program whose token has this scope.
    pub fn within(self, scope: Scope) -> Result<Session, Error> {
        if self.may(scope) { Ok(self.session) } else { Err(Error::OutOfScope(scope)) }
    }

    /// The session of a person: for what no token may do.
    pub fn in_person(self) -> Result<Session, Error> {
        if self.is_person() { Ok(self.session) } else { Err(Error::NotInPerson) }
    }

    /// The session, and what it is good for if not for everything: whoever takes it apart minds both.
    pub fn into_parts(self) -> (Session, Option<Grant>) {
        (self.session, self.grant)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_scopes_and_nothing_else() {
        let session = Session { id: Uuid::from_u128(1), account: Uuid::from_u128(2) };
        for given in Scope::ALL {
            let grant = Grant { scopes: [given].into_iter().collect(), expires_at: None };
            let program = Caller::program(session, grant);
            for asked in Scope::ALL {
                assert_eq!(program.within(asked).is_ok(), asked == given, "{given:?} for {asked:?}");
            }
            assert!(program.in_person().is_err());
        }
        let person = Caller::person(session);
        assert!(Scope::ALL.into_iter().all(|scope| person.may(scope)));
        assert!(person.in_person().is_ok());
    }

    #[test]
    fn what_is_kept_of_scopes_is_what_they_were() {
        let some: Scopes = [Scope::ChannelWrite, Scope::RoomRead, Scope::RoomRead].into_iter().collect();
        assert_eq!(some.to_text(), "room:read channel:write");
        assert_eq!(Scopes::of_text(&some.to_text()), some);
        assert_eq!(Scopes::of_text("room:read money:spend").to_vec(), [Scope::RoomRead]);
        assert!(Scopes::of_text("").is_empty());
    }
}
