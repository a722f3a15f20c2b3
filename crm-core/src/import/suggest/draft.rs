//! From what columns mean to the text of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::profile::{Dates, Numbers, Profile};
use super::words::{self, Concept};
use super::{Looked, SuggestedColumn, Suggestion};

/// Words in a file's name that say what its rows are.
const NAMES: &[(&str, &[&str])] = &[
    ("lead", &["线索", "潜客", "潜在客户", "lead", "prospect"]),
    ("contact", &["联系人", "通讯录", "名片", "contact", "people", "person"]),
    ("opportunity", &["商机", "机会", "合同", "deal", "opportunit", "pipeline"]),
    ("activity", &["跟进", "活动", "拜访", "activit", "call", "task", "event", "meeting"]),
    ("product", &["产品", "商品", "物料", "价格", "product", "price"]),
    ("user", &["员工", "用户", "人员", "user", "employee", "staff"]),
    ("customer", &["客户", "公司", "企业", "customer", "account", "compan", "organi"]),
];

/// Fields, each with the concepts that may fill it.
type Filled = &'static [(&'static str, &'static [Concept])];

/// The plain fields of each kind, and the concepts that fill them; the first that is there wins.
const FIELDS: &[(&str, Filled)] = &[
    (
        "lead",
        &[
            ("company", &["company"]),
            ("source", &["source"]),
            ("need", &["need", "note", "content"]),
            ("received_at", &["when", "created_at"]),
        ],
    ),
    (
        "customer",
        &[
            ("industry", &["industry"]),
            ("size", &["size"]),
            ("source", &["source"]),
            ("region", &["territory"]),
            ("credit_code", &["credit_code"]),
            ("note", &["note"]),
            ("website", &["website"]),
            ("created_at", &["created_at"]),
            ("address.country", &["country"]),
            ("address.region", &["region_name"]),
            ("address.city", &["city"]),
            ("address.district", &["district"]),
            ("address.street", &["street"]),
            ("address.postal_code", &["postal_code"]),
        ],
    ),
    (
        "contact",
        &[
            ("title", &["title"]),
            ("department", &["department"]),
            ("birthday", &["birthday"]),
            ("note", &["note"]),
            ("primary", &["primary"]),
            ("created_at", &["created_at"]),
        ],
    ),
    (
        "product",
        &[
            ("code", &["product_code", "key"]),
            ("name", &["product_name", "name", "deal"]),
            ("category", &["category", "kind"]),
            ("unit", &["unit", "company"]),
            ("price", &["price", "amount"]),
        ],
    ),
    (
        "user",
        &[
            ("login", &["login", "email", "name"]),
            ("name", &["name", "login"]),
            ("role", &["role"]),
        ],
    ),
    (
        "opportunity",
        &[
            ("amount", &["amount", "price"]),
            ("source", &["source"]),
            ("region", &["territory"]),
            ("need", &["need", "note"]),
            ("competitor", &["competitor"]),
            ("created_at", &["created_at"]),
        ],
    ),
    (
        "activity",
        &[
            ("kind", &["kind"]),
            ("at", &["when", "created_at"]),
            ("subject", &["subject"]),
            ("content", &["content", "note"]),
            ("minutes", &["minutes"]),
        ],
    ),
];

/// Fields whose values are codes that the plan translates.
const CODES: &[&str] = &["source", "industry", "size", "loss_reason", "role", "kind"];
const TIMES: &[&str] =
    &["received_at", "created_at", "at", "closed_at", "birthday", "expected_close"];
const NUMBERS: &[&str] = &["amount", "price", "minutes"];

/// One entry of the plan on its way.
struct Entry<'a> {
    file: &'a Looked,
    concepts: &'a BTreeMap<&'static str, Vec<usize>>,
    entity: &'static str,
    lines: Vec<String>,
    asked: Vec<String>,
    used: BTreeMap<usize, String>,
}

pub(super) fn plan(source: &str, files: &[Looked]) -> Suggestion {
    let concepts: Vec<_> = files.iter().map(Looked::concepts).collect();
    let mut text = String::new();
    let (mut columns, mut questions) = (Vec::new(), Vec::new());
    let mut bodies = String::new();
    let (mut deals, mut money) = (false, None::<&'static str>);
    let mut han = false;
    for (file, concepts) in files.iter().zip(&concepts) {
        han |= file.header.iter().any(|name| !name.is_ascii());
        for at in ["amount", "price"].iter().filter_map(|concept| concepts.get(concept)).flatten() {
            money = money.or_else(|| file.columns.get(*at).and_then(Profile::currency));
        }
        let mut used: BTreeMap<usize, String> = BTreeMap::new();
        let mut asked = Vec::new();
        for entity in entities(file, concepts) {
            deals |= entity == "opportunity";
            let entry = Entry {
                file,
                concepts,
                entity,
                lines: Vec::new(),
                asked: Vec::new(),
                used: BTreeMap::new(),
            };
            let entry = entry.filled();
            bodies.push_str(&entry.rendered());
            for (at, field) in entry.used {
                used.entry(at).or_insert(field);
            }
            asked.extend(entry.asked);
        }
        let mut left = String::new();
        for (at, (name, column)) in file.header.iter().zip(&file.columns).enumerate() {
            let field = used.get(&at).cloned();
            if field.is_none() && column.filled > 0 {
                let example =
                    column.values.keys().next().map(|value| excerpt(value)).unwrap_or_default();
                let _ = writeln!(
                    left,
                    "# not mapped: {} ({} of {} filled, such as {})",
                    flat(name),
                    column.filled,
                    column.rows,
                    flat(&example)
                );
            }
            columns.push(SuggestedColumn {
                file: file.name.clone(),
                column: name.clone(),
                field,
                filled: column.filled,
            });
        }
        bodies.push_str(&left);
        questions.extend(asked.into_iter().map(|question| format!("{}: {question}", file.name)));
    }
    let currency = money.unwrap_or(if han { "CNY" } else { "USD" });
    let _ = writeln!(
        text,
        "# Proposed by `crm import --suggest`: read it, mend it, run it with --dry-run first."
    );
    for question in &questions {
        let _ = writeln!(text, "# asks: {}", flat(question));
    }
    let _ = write!(text, "\nsource = {}\ncurrency = {}\n", quoted(source), quoted(currency));
    let _ = writeln!(
        text,
        "{}",
        if han {
            "zone = \"Asia/Shanghai\""
        } else {
            "# zone = \"America/New_York\"     # where days begin; UTC where nothing is said"
        }
    );
    if deals {
        let language = if han { "zh" } else { "en" };
        let _ = write!(
            text,
            "\n[[operation]]\nop = \"pipeline.template\"\nrequest = {{ template = \"basic\", language = \"{language}\", is_default = true }}\naccept = [\"pipeline.name_taken\"]\n"
        );
    }
    text.push_str(&bodies);
    Suggestion { plan: text, columns, questions }
}

/// What the rows of a file become, in order: those that others point at first.
fn entities(file: &Looked, concepts: &BTreeMap<&'static str, Vec<usize>>) -> Vec<&'static str> {
    let has = |names: &[&str]| names.iter().any(|name| concepts.contains_key(name));
    let person = has(&["name", "given", "family"]);
    let place = has(&["company", "customer_key"]);
    let reach = has(&["mobile", "phone", "email"]);
    if words::is_card(&file.header) {
        return vec!["card"];
    }
    let fits = |entity: &str| match entity {
        "lead" => (person || has(&["company"])) && reach,
        "contact" => person && place,
        "opportunity" => place && has(&["deal", "amount", "stage", "outcome"]),
        "activity" => place && has(&["content", "subject", "kind", "note"]),
        "product" => has(&["product_code", "key"]) && has(&["product_name", "name", "deal"]),
        "user" => has(&["login", "email", "name"]),
        "customer" => has(&["company", "name"]),
        _ => false,
    };
    let stem =
        file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem).to_lowercase();
    let named = NAMES
        .iter()
        .find(|(entity, words)| words.iter().any(|word| stem.contains(word)) && fits(entity));
    let by_key = [
        ("lead_key", "lead"),
        ("deal_key", "opportunity"),
        ("contact_key", "contact"),
        ("product_code", "product"),
    ];
    let by_key =
        by_key.iter().find(|(key, entity)| has(&[key]) && fits(entity)).map(|(_, entity)| *entity);
    let guessed = match () {
        () if has(&["login", "role"]) && person && !place => "user",
        () if has(&["product_name", "price"]) && has(&["product_code"]) && !person => "product",
        () if has(&["deal", "stage", "amount"]) && place => "opportunity",
        () if has(&["content", "kind"]) && place && has(&["when"]) => "activity",
        () if person && place && has(&["source", "need"]) && reach => "lead",
        () if person && place => "contact",
        () if has(&["company"]) => "customer",
        () if person && reach => "lead",
        () => "customer",
    };
    let main = named.map(|(entity, _)| *entity).or(by_key).unwrap_or(guessed);
    let owners =
        if has(&["owner"]) && main != "user" && main != "product" { Some("owners") } else { None };
    let customers = matches!(main, "contact" | "opportunity" | "activity").then_some("customers");
    let customers = customers.filter(|_| place);
    owners.into_iter().chain(customers).chain([main]).collect()
}

impl<'a> Entry<'a> {
    fn column(&self, concept: &str) -> Option<usize> {
        self.concepts.get(concept).and_then(|all| all.first()).copied()
    }

    fn name(&self, at: usize) -> String {
        self.file.header.get(at).map(|name| quoted(name)).unwrap_or_default()
    }

    fn profile(&self, at: usize) -> Option<&'a Profile> {
        self.file.columns.get(at)
    }

    fn take(&mut self, at: usize, field: &str) {
        let entity = entity_of(self.entity);
        self.used.entry(at).or_insert_with(|| format!("{entity}.{field}"));
    }

    fn filled(mut self) -> Self {
        match self.entity {
            "owners" => self.owners(),
            "customers" => self.customers(),
            "card" => self.cards(),
            _ => self.records(),
        }
        self
    }

    /// The users whom a column of owners names.
    fn owners(&mut self) {
        let Some(at) = self.column("owner") else { return };
        let Some(profile) = self.profile(at) else { return };
        let name = self.name(at);
        let map: Vec<String> = profile
            .values
            .keys()
            .map(|value| format!("{} = {}", quoted(value), quoted(&words::code_of("owner", value))))
            .collect();
        self.lines.push(format!("key = {name}\nrepeated = \"skip\"\nmatch = [\"login\"]\nwhere = [{{ column = {name}, empty = false }}]\n\n[file.fields]"));
        let unmapped = if profile.more_values { ", unmapped = \"reject\"" } else { "" };
        self.lines.push(format!(
            "login = {{ column = {name}, map = {{ {} }}{unmapped} }}",
            map.join(", ")
        ));
        self.lines.push(format!("name = {name}\nrole = {{ constant = \"rep\" }}"));
        self.asked.push(format!(
            "{name} names users; those without a login of that spelling are made as representatives"
        ));
    }

    /// The customers that rows of something else belong to.
    fn customers(&mut self) {
        let (company, key) = (self.column("company"), self.column("customer_key"));
        let Some(at) = key.or(company) else { return };
        let (key, name) = (self.name(at), self.name(company.unwrap_or(at)));
        self.lines.push(format!("key = {key}\nrepeated = \"skip\"\nmatch = [\"name\"]\nwhere = [{{ column = {key}, empty = false }}]\n\n[file.fields]\nname = {name}"));
        if let Some(company) = company {
            self.take(company, "name");
        }
    }

    /// Cards of people at companies and of people alone.
    fn cards(&mut self) {
        let phones = r#"phones = { column = "TEL.all", split = "\n" }"#;
        let mails = r#"emails = { column = "EMAIL.all", split = "\n" }"#;
        let place = "address.use = { constant = \"office\" }\naddress.region = \"ADR.region\"\naddress.city = \"ADR.city\"\naddress.street = \"ADR.street\"\naddress.postal_code = \"ADR.code\"";
        let name = quoted(&self.file.name);
        self.lines.push(format!(
            "key = \"ORG\"\nrepeated = \"skip\"\nmatch = [\"name\"]\nwhere = [{{ column = \"ORG\", empty = false }}]\n\n[file.fields]\nname = \"ORG\"\nwebsite = \"URL\"\n{place}\n\n\
             [[file]]\nname = {name}\nentity = \"customer\"\nkey = \"$row\"\nwhere = [{{ column = \"ORG\", empty = true }}]\n\n[file.fields]\n\
             name = {{ first = [\"NAME\", \"EMAIL\", \"TEL\"], required = true }}\ncustomer_type = {{ constant = \"personal\" }}\nbirthday = \"BDAY\"\nnote = \"NOTE\"\n{phones}\n{mails}\n\n\
             [[file]]\nname = {name}\nentity = \"contact\"\nkey = \"$row\"\nwhere = [{{ column = \"ORG\", empty = false }}]\n\n[file.fields]\n\
             customer = {{ link = \"customer\", column = \"ORG\", required = true }}\nname = {{ first = [\"NAME\", \"EMAIL\", \"TEL\"], required = true }}\ntitle = \"TITLE\"\ndepartment = \"ORG.unit\"\n\
             birthday = \"BDAY\"\nnote = \"NOTE\"\n{phones}\n{mails}"
        ));
        let mapped = [
            ("NAME", "name"),
            ("ORG", "customer"),
            ("ORG.unit", "department"),
            ("TITLE", "title"),
            ("TEL.all", "phones"),
            ("EMAIL.all", "emails"),
            ("BDAY", "birthday"),
            ("NOTE", "note"),
            ("URL", "website"),
            ("ADR.region", "address.region"),
            ("ADR.city", "address.city"),
            ("ADR.street", "address.street"),
            ("ADR.code", "address.postal_code"),
            ("EMAIL", "name"),
            ("TEL", "name"),
        ];
        for (column, field) in mapped {
            if let Some(at) = self.file.header.iter().position(|own| own == column) {
                self.used.insert(at, format!("contact.{field}"));
            }
        }
        self.asked.push("a number that nobody can dial rejects its card".to_owned());
    }

    fn records(&mut self) {
        let key = self.key();
        self.lines.push(format!("key = {key}\n\n[file.fields]"));
        if key == "\"$row\"" {
            self.asked.push("no column identifies a row, so its number does: import this very file again, never a longer one".to_owned());
        }
        self.named();
        self.linked();
        if matches!(self.entity, "lead" | "customer" | "contact") {
            self.reach();
        }
        let (_, fields) =
            FIELDS.iter().find(|(entity, _)| *entity == self.entity).copied().unwrap_or_default();
        for (field, concepts) in fields {
            let free = |at: &usize| !self.used.contains_key(at);
            let found = concepts.iter().filter_map(|concept| self.column(concept)).find(free);
            if let Some(at) = found {
                self.field(field, at);
            }
        }
        if self.used.values().any(|field| field.contains(".address.")) {
            self.lines.push("address.use = { constant = \"office\" }".to_owned());
        }
        match self.entity {
            "opportunity" => self.outcome(),
            "activity" if self.column("kind").is_none() => {
                self.lines.push("kind = { constant = \"note\" }".to_owned())
            }
            "user" if self.column("role").is_none() => {
                self.lines.push("role = { constant = \"rep\" }".to_owned())
            }
            _ => {}
        }
    }

    /// The column whose values name a row for good.
    fn key(&mut self) -> String {
        let own: &[&str] = match self.entity {
            "lead" => &["lead_key", "key"],
            "contact" => &["contact_key", "key"],
            "customer" => &["customer_key", "key", "credit_code"],
            "opportunity" => &["deal_key", "key"],
            "product" => &["product_code", "key"],
            "user" => &["login", "key"],
            _ => &["key"],
        };
        let kinds: &[&str] = match self.entity {
            "customer" => &["company", "name", "email", "phone"],
            "product" => &["product_name"],
            "opportunity" => &["deal"],
            "activity" => &[],
            _ => &["email", "mobile", "phone", "name"],
        };
        let unique = |at: &usize| self.profile(*at).is_some_and(Profile::unique);
        let found = own.iter().chain(kinds).filter_map(|concept| self.column(concept)).find(unique);
        let Some(at) = found else { return "\"$row\"".to_owned() };
        if own.iter().any(|concept| self.column(concept) == Some(at))
            && self.entity != "product"
            && self.entity != "user"
        {
            self.take(at, "key");
        }
        self.name(at)
    }

    /// What a record is called.
    fn named(&mut self) {
        let parts = self.column("family").zip(self.column("given"));
        let whole = self.column("name");
        let company = self.column("company");
        match self.entity {
            "lead" | "contact" => match (whole, parts) {
                (Some(at), _) => {
                    self.take(at, "name");
                    let first = match (self.entity, company) {
                        ("lead", Some(company))
                            if self
                                .profile(at)
                                .is_some_and(|profile| profile.filled < profile.rows) =>
                        {
                            format!("{{ first = [{}, {}] }}", self.name(at), self.name(company))
                        }
                        _ => format!("{{ column = {}, required = true }}", self.name(at)),
                    };
                    self.lines.push(format!("name = {first}"));
                }
                (None, Some((family, given))) => {
                    self.take(family, "name");
                    self.take(given, "name");
                    let heading = |at: usize| {
                        self.file
                            .header
                            .get(at)
                            .map(|name| name.replace('{', "{{").replace('}', "}}"))
                            .unwrap_or_default()
                    };
                    let han = !heading(family).is_ascii();
                    let template = match han {
                        true => format!("{{{}}}{{{}}}", heading(family), heading(given)),
                        false => format!("{{{}}} {{{}}}", heading(given), heading(family)),
                    };
                    self.lines.push(format!(
                        "name = {{ template = {}, required = true }}",
                        quoted(&template)
                    ));
                }
                (None, None) => {
                    if let Some(at) = company {
                        self.lines.push(format!(
                            "name = {{ column = {}, required = true }}",
                            self.name(at)
                        ));
                        self.take(at, "name");
                    }
                }
            },
            "customer" => {
                let first = self.file.header.iter().position(|name| !name.is_empty());
                if let Some(at) = company.or(whole).or(first) {
                    self.take(at, "name");
                    self.lines
                        .push(format!("name = {{ column = {}, required = true }}", self.name(at)));
                }
            }
            "opportunity" => {
                let at = self.column("deal").or(company).or(self.column("customer_key"));
                if let Some(at) = at {
                    self.take(at, "name");
                    let name = self.name(at);
                    self.lines.push(format!("name = {{ column = {name}, required = true }}"));
                }
            }
            _ => {}
        }
    }

    /// The records that it points at.
    fn linked(&mut self) {
        if matches!(self.entity, "contact" | "opportunity" | "activity")
            && let Some(at) = self.column("customer_key").or(self.column("company"))
        {
            self.lines.push(format!(
                "customer = {{ link = \"customer\", column = {}, required = true }}",
                self.name(at)
            ));
            self.take(at, "customer");
        }
        if matches!(self.entity, "lead" | "customer" | "opportunity" | "activity")
            && let Some(at) = self.column("owner")
        {
            self.lines.push(format!("owner = {{ link = \"user\", column = {} }}", self.name(at)));
            self.take(at, "owner");
        }
    }

    /// Phones and e-mail addresses, each from all columns that have some.
    fn reach(&mut self) {
        for (field, concepts) in [("phones", &["mobile", "phone"][..]), ("emails", &["email"][..])]
        {
            let all: Vec<usize> = concepts
                .iter()
                .filter_map(|concept| self.concepts.get(concept))
                .flatten()
                .copied()
                .collect();
            let mut sources = Vec::new();
            for at in all {
                self.take(at, field);
                let signs: Vec<String> = self
                    .profile(at)
                    .into_iter()
                    .flat_map(|profile| profile.listed.keys())
                    .map(|sign| quoted(&sign.to_string()))
                    .collect();
                sources.push(match signs.is_empty() {
                    true => self.name(at),
                    false => {
                        format!("{{ column = {}, split = [{}] }}", self.name(at), signs.join(", "))
                    }
                });
            }
            if !sources.is_empty() {
                self.lines.push(format!("{field} = [{}]", sources.join(", ")));
            }
        }
    }

    /// A plain field, with how its column writes it.
    fn field(&mut self, field: &'static str, at: usize) {
        let Some(profile) = self.profile(at) else { return };
        let name = self.name(at);
        if TIMES.contains(&field) {
            self.time(field, at, "");
        } else if NUMBERS.contains(&field) {
            match profile.numbers() {
                Numbers::Known(style) => {
                    let format = number_format(profile, style);
                    let money = field != "minutes";
                    let cut = if money && field == "amount" && profile.places > 2 {
                        self.asked.push(format!(
                            "{name} has amounts of {} decimals; they are rounded to 2",
                            profile.places
                        ));
                        ", round = { scale = 2, rule = \"half_up\" }"
                    } else {
                        ""
                    };
                    let currency = self.column("currency").filter(|_| money);
                    let currency = currency.map(|at| {
                        self.take(at, "currency");
                        format!(", currency_column = {}", self.name(at))
                    });
                    self.lines.push(format!(
                        "{field} = {{ column = {name}{format}{cut}{} }}",
                        currency.unwrap_or_default()
                    ));
                    self.take(at, field);
                }
                Numbers::Either(value) => {
                    self.asked.push(format!("{name}: does {value} have decimals or groups of thousands? Say which with decimal and thousands"));
                    self.lines.push(format!(
                        "# {field} = {{ column = {name}, format = {{ thousands = \",\" }} }}"
                    ));
                    self.lines.push(format!("# {field} = {{ column = {name}, format = {{ decimal = \",\", thousands = \".\" }} }}"));
                }
                Numbers::No => self.asked.push(format!(
                    "{name} is not mapped to {field}: not all of its values are numbers"
                )),
            }
        } else if CODES.contains(&field) {
            self.coded(field, at);
        } else {
            self.lines.push(format!("{field} = {name}"));
            self.take(at, field);
        }
    }

    fn time(&mut self, field: &str, at: usize, more: &str) {
        let Some(profile) = self.profile(at) else { return };
        let name = self.name(at);
        match profile.dates() {
            Dates::Known(formats) => {
                let formats: Vec<String> = formats.iter().map(|format| quoted(format)).collect();
                let plain = formats == ["\"iso\""];
                let format = if plain {
                    String::new()
                } else {
                    format!(", format = {{ dates = [{}] }}", formats.join(", "))
                };
                self.lines.push(match plain && more.is_empty() {
                    true => format!("{field} = {name}"),
                    false => format!("{field} = {{ column = {name}{more}{format} }}"),
                });
                self.take(at, field);
            }
            Dates::Either(one, two, value) => {
                self.asked.push(format!("{name}: is {value} written {one} or {two}? Its values can be read as both, so it is not mapped to {field} until the plan says"));
                for format in [one, two] {
                    self.lines.push(format!(
                        "# {field} = {{ column = {name}{more}, format = {{ dates = [{}] }} }}",
                        quoted(format)
                    ));
                }
            }
            Dates::No => self.asked.push(format!(
                "{name} is not mapped to {field}: not all of its values are days in a known style"
            )),
        }
    }

    /// A field of codes, each value with its code.
    fn coded(&mut self, field: &'static str, at: usize) {
        let Some(profile) = self.profile(at) else { return };
        let name = self.name(at);
        if profile.more_values {
            self.asked
                .push(format!("{name} is not mapped to {field}: it has more than 200 values"));
            return;
        }
        let closed = matches!(field, "kind" | "role");
        let mut pairs = Vec::new();
        let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for value in profile.values.keys() {
            let code = match (closed, words::code_known(field, value)) {
                (_, Some(code)) => code.to_owned(),
                (true, None) => {
                    let usual = if field == "kind" { "note" } else { "rep" };
                    self.asked.push(format!("{name}: {value} is taken for {usual}"));
                    usual.to_owned()
                }
                (false, None) => words::code_of(field, value),
            };
            taken.entry(code.clone()).or_default().push(value.clone());
            if code != *value {
                pairs.push(format!("{} = {}", quoted(value), quoted(&code)));
            }
        }
        for (code, values) in taken.iter().filter(|(_, values)| values.len() > 1) {
            self.asked.push(format!("{name}: {} all become {code}", values.join(", ")));
        }
        let keep = if pairs.len() < profile.values.len() { ", unmapped = \"keep\"" } else { "" };
        self.lines.push(match pairs.is_empty() {
            true => format!("{field} = {name}"),
            false => {
                format!("{field} = {{ column = {name}, map = {{ {} }}{keep} }}", pairs.join(", "))
            }
        });
        self.take(at, field);
    }

    /// How a deal stands, and when and why it was closed.
    fn outcome(&mut self) {
        let expected = self.column("expected_close");
        let closed = self.column("closed_at").or(expected);
        let told = ["outcome", "stage"]
            .into_iter()
            .filter_map(|concept| self.column(concept))
            .find(|at| {
                self.profile(*at).is_some_and(|profile| {
                    !profile.more_values
                        && profile
                            .values
                            .keys()
                            .any(|value| words::code_known("outcome", value).is_some())
                })
            });
        let ends = |code: &str| -> Vec<String> {
            let Some(profile) = told.and_then(|at| self.profile(at)) else { return Vec::new() };
            let all = profile
                .values
                .keys()
                .filter(|value| words::code_known("outcome", value) == Some(code));
            all.map(|value| quoted(value)).collect()
        };
        let (won, lost) = (ends("won"), ends("lost"));
        let ended: Vec<String> = won.iter().chain(&lost).cloned().collect();
        if let Some(at) = told {
            let name = self.name(at);
            let known = closed
                .and_then(|at| self.profile(at))
                .is_some_and(|profile| matches!(profile.dates(), Dates::Known(_)));
            if ended.is_empty() || known {
                let map: Vec<String> = won
                    .iter()
                    .map(|value| format!("{value} = \"won\""))
                    .chain(lost.iter().map(|value| format!("{value} = \"lost\"")))
                    .collect();
                self.lines.push(match map.is_empty() {
                    true => "outcome = { constant = \"open\" }".to_owned(),
                    false => format!(
                        "outcome = {{ column = {name}, map = {{ {} }}, otherwise = \"open\" }}",
                        map.join(", ")
                    ),
                });
                self.take(at, "outcome");
            } else {
                self.asked.push(format!("{name} says which deals are closed, but no column says when; all are brought in open"));
            }
            if let Some(at) = closed.filter(|_| known && !ended.is_empty()) {
                self.time(
                    "closed_at",
                    at,
                    &format!(", when = [{{ column = {name}, is = [{}] }}]", ended.join(", ")),
                );
            }
            if !lost.is_empty() && known {
                let when = format!("when = [{{ column = {name}, is = [{}] }}]", lost.join(", "));
                match self.column("loss_reason") {
                    Some(at) => {
                        let reason = self.name(at);
                        let profile = self.profile(at);
                        let values = profile.into_iter().flat_map(|profile| profile.values.keys());
                        let values: Vec<String> = values.cloned().collect();
                        let map: Vec<String> = values
                            .iter()
                            .map(|value| {
                                format!(
                                    "{} = {}",
                                    quoted(value),
                                    quoted(&words::code_of("loss_reason", value))
                                )
                            })
                            .collect();
                        self.lines.push(format!(
                            "loss_reason = {{ column = {reason}, map = {{ {} }}, {when} }}",
                            map.join(", ")
                        ));
                        self.take(at, "loss_reason");
                    }
                    None => self
                        .lines
                        .push(format!("loss_reason = {{ constant = \"unknown\", {when} }}")),
                }
            }
        }
        if let Some(at) = expected {
            let open = told.filter(|_| !ended.is_empty() && self.column("closed_at").is_none());
            let more = open.map(|at| {
                format!(", when = [{{ column = {}, not = [{}] }}]", self.name(at), ended.join(", "))
            });
            self.time("expected_close", at, &more.unwrap_or_default());
        }
        if let Some(at) = self.column("stage").filter(|at| !self.used.contains_key(at)) {
            let name = self.name(at);
            self.asked.push(format!(
                "{name} is not mapped: say with map which stage of your process each value means"
            ));
        }
    }

    fn rendered(&self) -> String {
        let mut text = format!(
            "\n[[file]]\nname = {}\nentity = \"{}\"\n",
            quoted(&self.file.name),
            entity_of(self.entity)
        );
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

fn entity_of(entry: &str) -> &str {
    match entry {
        "owners" => "user",
        "customers" | "card" => "customer",
        other => other,
    }
}

/// The `format` of a column of numbers, where it is not the plain one.
fn number_format(profile: &Profile, style: super::profile::NumberStyle) -> String {
    let mut parts = Vec::new();
    let text: String = profile.values.keys().map(String::as_str).collect();
    if style.decimal != '.' && text.contains(style.decimal) {
        parts.push(format!("decimal = {}", quoted(&style.decimal.to_string())));
    }
    if let Some(sign) = style
        .thousands
        .filter(|sign| profile.more_values || text.contains(*sign) || text.contains('\u{202f}'))
    {
        parts.push(format!("thousands = {}", quoted(&sign.to_string())));
    }
    let list =
        |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
    let (symbols, scales) = (profile.symbols(), profile.scales());
    if !symbols.is_empty() {
        parts.push(format!("symbols = [{}]", list(&symbols)));
    }
    if !scales.is_empty() {
        let unique: BTreeSet<&str> = scales.iter().copied().collect();
        parts.push(format!("scales = [{}]", list(&unique.into_iter().collect::<Vec<_>>())));
    }
    if profile.parentheses() {
        parts.push("parentheses = true".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!(", format = {{ {} }}", parts.join(", ")) }
}

/// A text as TOML writes it on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A text on one line, for a comment.
fn flat(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let short: String = chars.by_ref().take(30).collect();
    if chars.next().is_some() { format!("{short}…") } else { short }
}
