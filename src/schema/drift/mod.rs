//! What differs between two schemas, service by service, and which calls that breaks: what the user opened against
//! what a server reflects, or any two.
//!
//! Meaning is compared, not syntax: a file of an edition and one of proto3 that say the same are the same. Comments,
//! options without a meaning for messages, and the order of declarations do not count. What counts as a break is told
//! in `field.rs`, `values.rs` and `wire.rs`, each with its source. Must not know: network, UI.

mod effect;
mod field;
mod graph;
mod values;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prost_reflect::{MethodDescriptor, ServiceDescriptor};

use self::effect::both_ways;
pub use self::effect::{Effect, Impact, Reason, Ways};
use self::graph::Graph;
use super::{Kind, Problem, Schema, Types};

/// The answer of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Every service of either side: what breaks first, then by name.
    pub services: Vec<ServiceDrift>,
    /// Every difference once, however many methods it concerns.
    pub differences: Vec<Difference>,
}

/// A service on both sides, or on one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDrift {
    /// `pkg.Service`.
    pub name: String,
    /// The worst of its methods.
    pub verdict: Verdict,
    /// The side that has it, where only one does.
    pub only: Option<SideName>,
    /// In the order of the left side, those that only the right one has last.
    pub methods: Vec<MethodDrift>,
    /// Why it could not be compared.
    pub problems: Vec<(SideName, Problem)>,
}

/// A method on both sides, or on one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodDrift {
    /// `Method`.
    pub name: String,
    /// As the left side has it, where it does.
    pub kind: Kind,
    /// What a caller with the left side's descriptors meets.
    pub verdict: Verdict,
    /// What its messages reach, each difference once.
    pub reached: Vec<Reached>,
}

/// A difference as one method meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its place in [`Drift::differences`].
    pub difference: usize,
    /// By which of the method's messages it is reached.
    pub ways: Ways,
}

/// What is to be said of a service or a method, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing differs.
    Same,
    /// Something does, but messages are read as they were meant.
    Compatible,
    /// Messages are, but JSON made for one side does not fit the other.
    BreaksJson,
    /// One side does not compile: nothing is known.
    Unknown,
    /// Calls fail, or messages are misread or lose what is in them.
    Breaks,
}

impl Verdict {
    /// All of them, worst first.
    pub const ALL: [Self; 5] = [Self::Breaks, Self::Unknown, Self::BreaksJson, Self::Compatible, Self::Same];

    /// Key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Same => "drift-verdict-same",
            Self::Compatible => "drift-verdict-compatible",
            Self::BreaksJson => "drift-verdict-breaks-json",
            Self::Unknown => "drift-verdict-unknown",
            Self::Breaks => "drift-verdict-breaks",
        }
    }

    /// What machines call it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Compatible => "compatible",
            Self::BreaksJson => "breaks-json",
            Self::Unknown => "unknown",
            Self::Breaks => "breaks",
        }
    }

    const fn of(impact: Impact) -> Self {
        match impact {
            Impact::Compatible | Impact::Source => Self::Compatible,
            Impact::Json => Self::BreaksJson,
            Impact::Wire => Self::Breaks,
        }
    }
}

/// One of the two schemas that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SideName {
    /// The caller's: what the user opened.
    Left,
    /// The other: what the server reflects.
    Right,
}

/// One thing that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub what: What,
    /// Its full name, as the left side has it if it does: `pkg.Message.field`, `pkg.Enum.VALUE`.
    pub name: String,
    /// Its text on the left side, on one line; `None` where it has no such thing.
    pub left: Option<String>,
    /// Its text on the right side.
    pub right: Option<String>,
    /// In what it differs.
    pub changes: Vec<Change>,
    /// What follows, worst first.
    pub effects: Vec<Effect>,
}

impl Difference {
    /// The worst of what it does to such messages.
    #[must_use]
    pub fn impact(&self, ways: Ways) -> Impact {
        let concerned = self.effects.iter().filter(|effect| effect.ways.and(ways).is_some());
        concerned.map(|effect| effect.impact).max().unwrap_or(Impact::Compatible)
    }
}

/// What a difference is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the word of protobuf")]
pub enum What {
    Service,
    Method,
    Message,
    Field,
    Oneof,
    Enum,
    EnumValue,
}

impl What {
    /// What machines call it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Method => "method",
            Self::Message => "message",
            Self::Field => "field",
            Self::Oneof => "oneof",
            Self::Enum => "enum",
            Self::EnumValue => "enum value",
        }
    }
}

/// In what a thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Only the right side has it.
    Added,
    /// Only the left side has it.
    Removed,
    /// The same number under another name.
    Renamed,
    /// The same name under another number.
    Renumbered,
    /// Another type.
    Retyped,
    /// One value, a list, or a map.
    Cardinality,
    /// Packed or not.
    Packed,
    /// Whether unset and zero are two things.
    Presence,
    /// Whether it must be set.
    Required,
    /// Which oneof it is in.
    Oneof,
    /// What it reads as when it is unset.
    Default,
    /// Its name in JSON alone.
    JsonName,
    /// Numbers and names that are not to be used.
    Reserved,
    /// Whether an enum takes numbers that it does not know.
    Closed,
    /// How many messages go each way.
    Kind,
    /// The type of requests or responses.
    MessageType,
}

impl Change {
    /// Key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Added => "drift-change-added",
            Self::Removed => "drift-change-removed",
            Self::Renamed => "drift-change-renamed",
            Self::Renumbered => "drift-change-renumbered",
            Self::Retyped => "drift-change-retyped",
            Self::Cardinality => "drift-change-cardinality",
            Self::Packed => "drift-change-packed",
            Self::Presence => "drift-change-presence",
            Self::Required => "drift-change-required",
            Self::Oneof => "drift-change-oneof",
            Self::Default => "drift-change-default",
            Self::JsonName => "drift-change-json-name",
            Self::Reserved => "drift-change-reserved",
            Self::Closed => "drift-change-closed",
            Self::Kind => "drift-change-kind",
            Self::MessageType => "drift-change-message-type",
        }
    }

    /// What machines call it: the end of its key.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.key().trim_start_matches("drift-change-")
    }
}

/// The differences that the same methods of a service reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Places in [`ServiceDrift::methods`]; empty for what concerns the service as a whole.
    pub methods: Vec<usize>,
    /// What they reach, worst first.
    pub reached: Vec<Reached>,
    /// The worst of it.
    pub verdict: Verdict,
}

impl Drift {
    /// The worst of all services.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.services.iter().map(|service| service.verdict).max().unwrap_or(Verdict::Same)
    }

    /// How many services are judged so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.services.iter().filter(|service| service.verdict == verdict).count()
    }

    /// The differences of a service, put together by the methods that reach them: what breaks first.
    #[must_use]
    pub fn groups(&self, service: &ServiceDrift) -> Vec<Group> {
        let mut methods_of: BTreeMap<usize, (Ways, Vec<usize>)> = BTreeMap::new();
        for (index, method) in service.methods.iter().enumerate() {
            for reached in &method.reached {
                let (ways, methods) = methods_of.entry(reached.difference).or_default();
                *ways = ways.or(reached.ways);
                methods.push(index);
            }
        }
        let mut by_methods: BTreeMap<Vec<usize>, Vec<Reached>> = BTreeMap::new();
        for (difference, (ways, methods)) in methods_of {
            by_methods.entry(methods).or_default().push(Reached { difference, ways });
        }
        let mut groups: Vec<Group> = by_methods
            .into_iter()
            .map(|(methods, mut reached)| {
                reached.sort_by_key(|one| (std::cmp::Reverse(self.impact(*one)), one.difference));
                let verdict = reached.first().map_or(Verdict::Same, |one| Verdict::of(self.impact(*one)));
                Group { methods, reached, verdict }
            })
            .collect();
        // The sort keeps the order of methods among equals.
        groups.sort_by_key(|group| std::cmp::Reverse(group.verdict));
        groups
    }

    /// What a difference does to the messages that reach it.
    #[must_use]
    pub fn impact(&self, reached: Reached) -> Impact {
        self.differences.get(reached.difference).map_or(Impact::Compatible, |one| one.impact(reached.ways))
    }
}

/// Compares the services of two schemas, all of them or those named in `only`. Blocking: compiles what is not compiled
/// yet, and keeps no pool for it. `None` when `go_on`, asked between services, said no.
#[must_use]
pub fn compare(left: &Schema, right: &Schema, only: &[String], go_on: impl Fn() -> bool) -> Option<Drift> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for schema in [left, right] {
        names.extend(schema.services.iter().map(|service| service.full_name.as_str()));
    }
    names.retain(|name| only.is_empty() || only.iter().any(|wanted| wanted == name));
    // Every server that can be asked offers it; nobody opens its protos.
    names.retain(|name| left.service(name).is_some() || !name.starts_with("grpc.reflection."));
    let mut comparison = Comparison::default();
    let (mut left, mut right) = (Opener::new(left), Opener::new(right));
    for name in names {
        if !go_on() {
            return None;
        }
        comparison.service(name, &mut left, &mut right);
    }
    comparison.finish(go_on)
}

/// A service with the types of its file.
type Opened = (Arc<Types>, ServiceDescriptor);

/// Opens the files of services, one after the other.
struct Opener<'a> {
    schema: &'a Schema,
    /// The file opened last: its neighbours in the alphabet are often in it too.
    last: Option<(String, Arc<Types>)>,
}

impl<'a> Opener<'a> {
    const fn new(schema: &'a Schema) -> Self {
        Self { schema, last: None }
    }

    /// `None` where the schema has no such service.
    fn open(&mut self, name: &str) -> Option<Result<Opened, Vec<Problem>>> {
        let service = self.schema.service(name)?;
        let types = match &self.last {
            Some((file, types)) if *file == service.file => Arc::clone(types),
            _ => match self.schema.files.types_once(&service.file) {
                Ok(types) => types,
                Err(problems) => return Some(Err(problems)),
            },
        };
        self.last = Some((service.file.clone(), Arc::clone(&types)));
        let found = types.pool().get_service_by_name(name);
        Some(
            found
                .map(|descriptor| (types, descriptor))
                .ok_or_else(|| vec![Problem::new(&service.file, format!("service '{name}' is not defined here"))]),
        )
    }
}

/// A method whose messages are compared.
struct Compared {
    service: usize,
    method: usize,
    /// Nodes of the graph.
    input: usize,
    output: usize,
}

#[derive(Default)]
struct Comparison {
    drift: Drift,
    graph: Graph,
    compared: Vec<Compared>,
}

impl Comparison {
    fn service(&mut self, name: &str, left: &mut Opener<'_>, right: &mut Opener<'_>) {
        let mut service = ServiceDrift {
            name: name.to_owned(),
            verdict: Verdict::Same,
            only: None,
            methods: Vec::new(),
            problems: Vec::new(),
        };
        let (listed_left, listed_right) = (left.schema.service(name), right.schema.service(name));
        match (listed_left, listed_right) {
            (Some(listed), None) => self.lone(&mut service, SideName::Left, listed),
            (None, Some(listed)) => self.lone(&mut service, SideName::Right, listed),
            _ => {
                let mut problems = Vec::new();
                let mut open = |opener: &mut Opener<'_>, side| match opener.open(name)? {
                    Ok(opened) => Some(opened),
                    Err(found) => {
                        problems.extend(found.into_iter().map(|problem| (side, problem)));
                        None
                    }
                };
                let opened = (open(left, SideName::Left), open(right, SideName::Right));
                if let (Some((left, one)), Some((right, other))) = opened {
                    self.methods(&mut service, (&left, &one), (&right, &other));
                } else {
                    service.verdict = Verdict::Unknown;
                    service.problems = problems;
                }
            }
        }
        self.drift.services.push(service);
    }

    /// A service that only one side has.
    fn lone(&mut self, service: &mut ServiceDrift, side: SideName, listed: &super::Service) {
        service.only = Some(side);
        let text = format!("service {}", service.name.rsplit('.').next().unwrap_or_default());
        let difference = self.add(lone(What::Service, service.name.clone(), side, text));
        let verdict = Verdict::of(self.drift.differences[difference].impact(Ways::BOTH));
        service.verdict = verdict;
        service.methods = listed
            .methods
            .iter()
            .map(|method| MethodDrift {
                name: method.name.clone(),
                kind: method.kind,
                verdict,
                reached: vec![Reached { difference, ways: Ways::BOTH }],
            })
            .collect();
    }

    fn add(&mut self, difference: Difference) -> usize {
        self.drift.differences.push(difference);
        self.drift.differences.len() - 1
    }

    fn methods(
        &mut self,
        service: &mut ServiceDrift,
        (left, one): (&Types, &ServiceDescriptor),
        (right, other): (&Types, &ServiceDescriptor),
    ) {
        let find = |service: &ServiceDescriptor, name: &str| service.methods().find(|method| method.name() == name);
        for method in one.methods() {
            let found = find(other, method.name());
            let index = service.methods.len();
            let own = match &found {
                None => Some(lone(What::Method, method.full_name().to_owned(), SideName::Left, text(&method))),
                Some(found) => {
                    let input = self.graph.messages(method.input(), found.input());
                    let output = self.graph.messages(method.output(), found.output());
                    let service = self.drift.services.len();
                    self.compared.push(Compared { service, method: index, input, output });
                    signatures(&method, found)
                }
            };
            let reached = own.map(|own| Reached { difference: self.add(own), ways: Ways::BOTH });
            service.methods.push(method_drift(&method, reached));
        }
        for method in other.methods().filter(|method| find(one, method.name()).is_none()) {
            let own = self.add(lone(What::Method, method.full_name().to_owned(), SideName::Right, text(&method)));
            service.methods.push(method_drift(&method, Some(Reached { difference: own, ways: Ways::BOTH })));
        }
        self.graph.work(left, right, &mut self.drift.differences);
    }

    /// Tells every method what its messages reach, and judges.
    fn finish(mut self, go_on: impl Fn() -> bool) -> Option<Drift> {
        let mut walk = self.graph.walk();
        for compared in &self.compared {
            if !go_on() {
                return None;
            }
            let mut reached: BTreeMap<usize, Ways> = BTreeMap::new();
            for (start, ways) in [(compared.input, Ways::REQUESTS), (compared.output, Ways::RESPONSES)] {
                walk.differences(start, |difference| {
                    let known = reached.entry(difference).or_default();
                    *known = known.or(ways);
                });
            }
            let method = &mut self.drift.services[compared.service].methods[compared.method];
            method.reached.extend(reached.into_iter().map(|(difference, ways)| Reached { difference, ways }));
        }
        let Drift { services, differences } = &mut self.drift;
        for service in services.iter_mut() {
            for method in &mut service.methods {
                let verdicts =
                    method.reached.iter().map(|one| Verdict::of(differences[one.difference].impact(one.ways)));
                method.verdict = verdicts.max().unwrap_or(Verdict::Same);
            }
            let worst = service.methods.iter().map(|method| method.verdict).max();
            service.verdict = service.verdict.max(worst.unwrap_or(Verdict::Same));
        }
        // By name they are already.
        services.sort_by_key(|service| std::cmp::Reverse(service.verdict));
        Some(self.drift)
    }
}

fn method_drift(method: &MethodDescriptor, reached: Option<Reached>) -> MethodDrift {
    MethodDrift {
        name: method.name().to_owned(),
        kind: Kind::of(method),
        verdict: Verdict::Same,
        reached: reached.into_iter().collect(),
    }
}

/// A service or a method that only one side has.
fn lone(what: What, name: String, side: SideName, text: String) -> Difference {
    let (change, impact, reason) = match side {
        SideName::Left => (Change::Removed, Impact::Wire, Reason::Unimplemented),
        SideName::Right => (Change::Added, Impact::Compatible, Reason::NotCalled),
    };
    let (left, right) = if side == SideName::Left { (Some(text), None) } else { (None, Some(text)) };
    let effects = vec![Effect { ways: Ways::BOTH, impact, reason }];
    Difference { what, name, left, right, changes: vec![change], effects }
}

/// What differs in the head of a method.
fn signatures(left: &MethodDescriptor, right: &MethodDescriptor) -> Option<Difference> {
    let mut changes = Vec::new();
    let stream = |differs: bool| if differs { vec![(Impact::Wire, Reason::Streams)] } else { Vec::new() };
    let mut effects = both_ways(
        stream(left.is_client_streaming() != right.is_client_streaming()),
        stream(left.is_server_streaming() != right.is_server_streaming()),
    );
    if !effects.is_empty() {
        changes.push(Change::Kind);
    }
    let named = |differs: bool| if differs { vec![(Impact::Source, Reason::TypeName)] } else { Vec::new() };
    let types = both_ways(
        named(left.input().full_name() != right.input().full_name()),
        named(left.output().full_name() != right.output().full_name()),
    );
    if !types.is_empty() {
        changes.push(Change::MessageType);
        effects.extend(types);
    }
    (!changes.is_empty()).then(|| Difference {
        what: What::Method,
        name: left.full_name().to_owned(),
        left: Some(text(left)),
        right: Some(text(right)),
        changes,
        effects,
    })
}

/// A method as the source has it, without its options.
fn text(method: &MethodDescriptor) -> String {
    let stream = |streams: bool| if streams { "stream " } else { "" };
    format!(
        "rpc {}({}.{}) returns ({}.{});",
        method.name(),
        stream(method.is_client_streaming()),
        method.input().full_name(),
        stream(method.is_server_streaming()),
        method.output().full_name(),
    )
}

#[cfg(test)]
mod tests;
