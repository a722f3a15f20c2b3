//! Operations on who works on a record beside its owner.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{Access, permits};
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::engine::{Cx, Error, Operation};
use crate::flow::{AddShare, RecordShare, ShareGrounds, ShareRole, Shared, share, share_role};
use crate::lead::Lead;
use crate::opportunity::Opportunity;
use crate::party::Customer;
use crate::record::Val;
use crate::settings::{Team, User};
use crate::value::{Id, Invalid};

impl Operation for AddShare {
    const NAME: &'static str = "share.add";
    const ACCESS: Access = Access::Record;
    type Response = Seen<RecordShare>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<RecordShare>, Error> {
        let owner = owner(cx, self.kind, self.id)?;
        let user = match self.user {
            Some(user) => cx.find(user)?,
            None => None,
        };
        if let Some(team) = self.team {
            cx.known::<Team>("team", team)?;
        }
        let now = cx.now();
        let actor = cx.actor()?.clone();
        let grounds = ShareGrounds { owner, user: user.as_ref(), actor: &actor, now };
        let wished = share(cx.new_id(), self, grounds)?;
        let all = cx.list::<RecordShare>(RecordShare::BY_SUBJECT, &[Val::Id(self.id)])?;
        let whom = |share: &RecordShare| (share.user, share.team);
        let lasting = all.into_iter().find(|had| had.until.is_none() && whom(had) == whom(&wished));
        if let Some(had) = lasting {
            if had.role == wished.role {
                return cx.seen(had.id);
            }
            cx.put(&RecordShare { until: Some(now), ended_by: Some(actor.id), ..had })?;
        }
        cx.put(&wished)?;
        if let Some(user) = self.user {
            tell(cx, self.kind, self.id, user)?;
        }
        cx.seen(wished.id)
    }
}

/// Who looks after a record.
fn owner(cx: &mut Cx<'_>, kind: Shared, id: Uuid) -> Result<Option<Id<User>>, Error> {
    Ok(match kind {
        Shared::Lead => cx.known::<Lead>("id", Id::new(id))?.owner,
        Shared::Customer => cx.known::<Customer>("id", Id::new(id))?.owner,
        Shared::Opportunity => Some(cx.known::<Opportunity>("id", Id::new(id))?.owner),
    })
}

/// Tells a user that something is shared with them.
fn tell(cx: &mut Cx<'_>, kind: Shared, id: Uuid, user: Id<User>) -> Result<(), Error> {
    let (now, code) = (cx.now(), format!("{kind}.shared"));
    match kind {
        Shared::Lead => cx.tell(user, &code, Id::<Lead>::new(id), now, None),
        Shared::Customer => cx.tell(user, &code, Id::<Customer>::new(id), now, None),
        Shared::Opportunity => cx.tell(user, &code, Id::<Opportunity>::new(id), now, None),
    }
}

/// Ends what is shared: by the owner of the record, by who may override, or by the user themselves. Doing it twice is once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndShare {
    /// Which.
    pub id: Id<RecordShare>,
}

impl Operation for EndShare {
    const NAME: &'static str = "share.end";
    const ACCESS: Access = Access::Record;
    type Response = Seen<RecordShare>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<RecordShare>, Error> {
        let had = cx.get(self.id)?;
        let actor = cx.actor()?.clone();
        let owner = match had.subject_kind {
            Shared::Lead => cx.find(Id::<Lead>::new(had.subject))?.and_then(|lead| lead.owner),
            Shared::Customer => cx.find(Id::<Customer>::new(had.subject))?.and_then(|c| c.owner),
            Shared::Opportunity => {
                cx.find(Id::<Opportunity>::new(had.subject))?.map(|deal| deal.owner)
            }
        };
        let own = owner == Some(actor.id) || had.user == Some(actor.id);
        if !own && !permits(actor.role, Access::Override) {
            let invalid = Invalid::new("owner.not_yours", &had.subject.to_string());
            return Err(Error::invalid("id", invalid));
        }
        if had.until.is_some() {
            return cx.seen(had.id);
        }
        let until = Some(cx.now());
        cx.amend(&RecordShare { until, ended_by: Some(actor.id), ..had })
    }
}

/// What is shared of a record, or with a user or a team, those that began first before the others. Exactly one of `record`,
/// `user` and `team`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListShares {
    /// Of which lead, customer or deal.
    pub record: Option<Uuid>,
    /// With which user, themselves.
    pub user: Option<Id<User>>,
    /// With which team.
    pub team: Option<Id<Team>>,
    /// Also those that ended.
    pub ended: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListShares {
    const NAME: &'static str = "share.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<RecordShare>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<RecordShare>, Error> {
        let (index, id) = match (self.record, self.user, self.team) {
            (Some(record), None, None) => (RecordShare::BY_SUBJECT, record),
            (None, Some(user), None) => (RecordShare::BY_USER, user.uuid()),
            (None, None, Some(team)) => (RecordShare::BY_TEAM, team.uuid()),
            _ => {
                let one = Invalid::new("request.form", "").limit("one of `record`, `user`, `team`");
                return Err(Error::invalid("record", one));
            }
        };
        let prefix = [Val::Id(id)];
        let wanted = Wanted::of(index, &prefix).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |share: &RecordShare| self.ended || share.until.is_none())
    }
}

impl Cx<'_> {
    /// What is shared of a record with its reader, by itself or by the customer that it is with.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(in crate::api) fn shared_with(
        &mut self,
        user: &User,
        record: Uuid,
        customer: Option<Id<Customer>>,
    ) -> Result<Option<ShareRole>, Error> {
        let mut found = None;
        for subject in [Some(record), customer.map(Id::uuid)].into_iter().flatten() {
            let shares = self.list::<RecordShare>(RecordShare::BY_SUBJECT, &[Val::Id(subject)])?;
            found = found.max(share_role(user, &shares));
        }
        Ok(found)
    }
}

/// What a user may do with a lead, customer or deal, and why: as its owner, as whoever may override, or by what is shared
/// with them or their team, of it or of the customer of a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckShare {
    /// `lead`, `customer` or `opportunity`.
    pub kind: Shared,
    /// Which.
    pub id: Uuid,
    /// Who; the actor where nobody is named.
    #[serde(default)]
    pub user: Option<Id<User>>,
}

/// What a user is to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShareChecked {
    /// They look after it.
    pub owns: bool,
    /// They may override.
    pub overrides: bool,
    /// What is shared with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<ShareRole>,
}

impl Operation for CheckShare {
    const NAME: &'static str = "share.check";
    const ACCESS: Access = Access::Read;
    type Response = ShareChecked;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ShareChecked, Error> {
        let user = match self.user {
            Some(user) => cx.known("user", user)?,
            None => cx.actor()?.clone(),
        };
        let owner = owner(cx, self.kind, self.id)?;
        let customer = match self.kind {
            Shared::Opportunity => Some(cx.get(Id::<Opportunity>::new(self.id))?.customer),
            Shared::Lead | Shared::Customer => None,
        };
        let shared = cx.shared_with(&user, self.id, customer)?;
        let overrides = permits(user.role, Access::Override);
        Ok(ShareChecked { owns: owner == Some(user.id), overrides, shared })
    }
}
