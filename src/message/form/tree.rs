//! Making the form, from nothing or from JSON, and the JSON of it.
//!
//! Must not know: toolkit.

use std::collections::HashSet;

use prost_reflect::{Cardinality, Kind, MessageDescriptor};

use super::super::AnyTypes;
use super::super::field::MessageField;
use super::super::json::{Member, Node, Value};
use super::super::read::{extension_by_name, field_by_name};
use super::super::unknown;
use super::super::well_known::{WellKnown, takes_null};
use super::list::mark_duplicates;
use super::{
    AnyForm, Elements, EntryForm, FieldForm, Item, JsonForm, MessageForm, OneofForm, ScalarForm, Shape, ValueForm,
};

/// In objects of so many members those before are looked through for the same field.
const FEW: usize = 16;

impl MessageForm {
    /// An empty form; required fields are present.
    #[must_use]
    pub fn new(descriptor: &MessageDescriptor) -> Self {
        let mut form = Self::blank(descriptor);
        for item in &mut form.items {
            if let Item::Field(field) = item
                && field.descriptor.cardinality() == Cardinality::Required
            {
                field.set_present(true);
            }
        }
        form
    }

    fn blank(descriptor: &MessageDescriptor) -> Self {
        let mut form = Self {
            descriptor: descriptor.clone(),
            items: Vec::new(),
            extensions: Vec::new(),
            extra: Vec::new(),
            whole: None,
        };
        form.whole = ValueForm::new_well_known(&Kind::Message(descriptor.clone())).map(Box::new);
        if form.whole.is_some() {
            return form;
        }
        form.extensions =
            descriptor.extensions().map(|field| FieldForm::new(&MessageField::Extension(field))).collect();
        form.extensions.sort_by_key(|field| field.descriptor.number());
        for field in descriptor.fields() {
            let arm = FieldForm::new(&field.clone().into());
            let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) else {
                form.items.push(Item::Field(arm));
                continue;
            };
            let place = form.items.iter_mut().find_map(|item| match item {
                Item::Oneof(form) if form.descriptor == oneof => Some(form),
                _ => None,
            });
            match place {
                Some(form) => form.arms.push(arm),
                None => form.items.push(Item::Oneof(OneofForm { descriptor: oneof, chosen: None, arms: vec![arm] })),
            }
        }
        form
    }

    /// The form of a JSON value. Values that do not fit stand in their field as text, with a problem.
    #[must_use]
    pub fn from_json(node: &Node, descriptor: &MessageDescriptor) -> Self {
        Self::from_json_with(node, descriptor, &AnyTypes::NONE)
    }

    /// As [`MessageForm::from_json`], where an `Any` may be of other types too.
    #[must_use]
    pub fn from_json_with(node: &Node, descriptor: &MessageDescriptor, types: &AnyTypes) -> Self {
        Self::blank(descriptor).with_json(node, types)
    }

    /// A blank form with the values of a JSON value.
    fn with_json(mut self, node: &Node, types: &AnyTypes) -> Self {
        if self.whole.is_some() {
            self.whole = Some(Box::new(single(&Kind::Message(self.descriptor.clone()), node, types)));
            return self;
        }
        let Value::Object(members) = &node.value else {
            self.whole = Some(Box::new(ValueForm::Odd(node.clone())));
            return self;
        };
        let mut seen = HashSet::with_capacity(if members.len() > FEW { members.len() } else { 0 });
        let mut next = 0;
        for (index, member) in members.iter().enumerate() {
            let own = || field_by_name(&self.descriptor, &member.name).map(MessageField::Own);
            let extension = || extension_by_name(&self.descriptor, &member.name).map(MessageField::Extension);
            let field = own().or_else(extension);
            let is_first = |field: &MessageField| {
                if members.len() > FEW {
                    return seen.insert(field.number());
                }
                let is_same = |other: &Member| other.name == field.json_name() || other.name == field.name();
                !members[..index].iter().any(is_same)
            };
            let taken = field.filter(is_first).is_some_and(|field| self.take(&field, &member.value, &mut next, types));
            if !taken {
                self.extra.push(member.clone());
            }
        }
        self
    }

    /// Puts a value into its field; `false` if another arm of its oneof is given already. `next` is where it is
    /// looked for first, and then the place behind it.
    fn take(&mut self, field: &MessageField, node: &Node, next: &mut usize, types: &AnyTypes) -> bool {
        let null = matches!(node.value, Value::Null);
        if null && (field.is_list() || field.is_map() || !takes_null(&field.kind())) {
            return true;
        }
        if let Some(form) = self.extensions.iter_mut().find(|form| form.descriptor == *field) {
            form.present = true;
            form.value = value_from_json(field, node, types);
            return true;
        }
        let count = self.items.len();
        for index in (*next..count).chain(0..*next) {
            match &mut self.items[index] {
                Item::Field(form) if form.descriptor == *field => {
                    form.present = true;
                    form.value = value_from_json(field, node, types);
                }
                Item::Oneof(oneof) => {
                    let Some(arm) = oneof.arms.iter().position(|arm| arm.descriptor == *field) else { continue };
                    if oneof.chosen.is_some() {
                        return false;
                    }
                    oneof.chosen = Some(arm);
                    oneof.arms[arm].value = value_from_json(field, node, types);
                }
                Item::Field(_) => continue,
            }
            *next = (index + 1) % count;
            return true;
        }
        false
    }

    /// The JSON of the form, invalid texts included (as strings).
    #[must_use]
    pub fn to_json(&self) -> Node {
        if let Some(whole) = &self.whole {
            return whole.to_json();
        }
        let mut members = Vec::new();
        for field in self.set_fields() {
            members.push(Member::new(field.descriptor.json_name(), field.value.to_json()));
        }
        members.extend(self.extra.iter().cloned());
        Node::new(Value::Object(members))
    }

    /// The fields that count, in order: those that are set, the chosen arm of each oneof, extensions that are set.
    pub fn set_fields(&self) -> impl Iterator<Item = &FieldForm> {
        let own = self.items.iter().filter_map(|item| match item {
            Item::Field(field) => Some(field).filter(|field| field.is_set()),
            Item::Oneof(oneof) => oneof.chosen.and_then(|arm| oneof.arms.get(arm)),
        });
        own.chain(self.extensions.iter().filter(|field| field.is_set()))
    }

    /// What of the JSON has no place in the message.
    fn strangers(&self) -> impl Iterator<Item = &Member> {
        self.extra.iter().filter(|member| !unknown::is_meant(&self.descriptor, member))
    }

    /// How many fields have a problem, nested ones included. What is not set has none.
    #[must_use]
    pub fn problem_count(&self) -> usize {
        if let Some(whole) = &self.whole {
            return whole.problem_count();
        }
        self.strangers().count() + self.set_fields().map(|field| field.value.problem_count()).sum::<usize>()
    }

    /// Checks every text again.
    pub fn check(&mut self) {
        if let Some(whole) = &mut self.whole {
            whole.check();
        }
        for item in &mut self.items {
            match item {
                Item::Field(field) => field.value.check(),
                Item::Oneof(oneof) => oneof.arms.iter_mut().for_each(|arm| arm.value.check()),
            }
        }
        self.extensions.iter_mut().for_each(|field| field.value.check());
    }
}

impl FieldForm {
    fn new(field: &MessageField) -> Self {
        let present = !field.supports_presence() || in_oneof(field);
        Self { descriptor: field.clone(), present, value: blank_value(field) }
    }

    /// Whether the field has a switch of its own: it can be absent, or present and empty.
    #[must_use]
    pub fn has_presence(&self) -> bool {
        self.descriptor.supports_presence() && !in_oneof(&self.descriptor)
    }

    /// Whether the field, outside a oneof, is written.
    #[must_use]
    pub fn is_set(&self) -> bool {
        if self.has_presence() {
            return self.present;
        }
        match &self.value {
            ValueForm::Scalar(scalar) => !(scalar.optional && scalar.text.is_empty()),
            ValueForm::Repeated(elements) => !elements.is_empty(),
            ValueForm::Map(entries) => !entries.is_empty(),
            ValueForm::Message { .. } | ValueForm::Any(_) | ValueForm::Json(_) | ValueForm::Odd(_) => true,
        }
    }

    /// Sets or clears a field with presence. One that is set with nothing typed yet begins with its default value.
    pub fn set_present(&mut self, present: bool) {
        self.present = present || !self.has_presence();
        if present {
            self.fill();
        }
    }

    /// Gives an empty text the field's default value, where empty would not fit; for an arm just chosen.
    pub fn fill(&mut self) {
        let hint = self.default_hint();
        if let ValueForm::Scalar(scalar) = &mut self.value
            && scalar.text.is_empty()
        {
            scalar.text = hint;
            scalar.check();
        }
    }

    /// Puts an empty value in place of what is there.
    pub fn reset(&mut self) {
        *self = Self::new(&self.descriptor);
    }
}

impl OneofForm {
    /// Chooses an arm, or none; what was typed in the others stays.
    pub fn choose(&mut self, arm: Option<usize>) {
        self.chosen = arm.filter(|&arm| arm < self.arms.len());
        if let Some(arm) = self.chosen {
            self.arms[arm].fill();
        }
    }
}

impl EntryForm {
    /// An empty entry of that map field; `None` if the field is no map.
    #[must_use]
    pub fn new(field: &MessageField) -> Option<Self> {
        let kind = field.kind();
        let entry = kind.as_message().filter(|_| field.is_map())?;
        let shape = Shape::of(&entry.map_entry_key_field().kind())?;
        let text = shape.zero();
        Some(Self { key: ScalarForm::new(shape, text), value: ValueForm::new_element(field), duplicate: false })
    }
}

fn in_oneof(field: &MessageField) -> bool {
    field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic())
}

/// What stands in a field before anything is given.
fn blank_value(field: &MessageField) -> ValueForm {
    if field.is_map() {
        return ValueForm::Map(Elements::default());
    }
    if field.is_list() {
        return ValueForm::Repeated(Elements::default());
    }
    let kind = field.kind();
    match Shape::of(&kind) {
        Some(Shape::Json(_)) => ValueForm::new_well_known(&kind).unwrap_or_else(|| empty_message(&kind)),
        Some(shape) => ValueForm::Scalar(ScalarForm::absent(shape, !field.supports_presence())),
        None => empty_message(&kind),
    }
}

fn empty_message(kind: &Kind) -> ValueForm {
    match kind {
        Kind::Message(descriptor) => ValueForm::Message { descriptor: descriptor.clone(), form: None },
        // Every other kind has a shape.
        _ => ValueForm::Odd(Node::default()),
    }
}

fn value_from_json(field: &MessageField, node: &Node, types: &AnyTypes) -> ValueForm {
    let kind = field.kind();
    match (&node.value, kind.as_message()) {
        (Value::Object(members), Some(entry)) if field.is_map() => {
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            let shape = Shape::of(&key).unwrap_or(Shape::String);
            let value = many_of(&value, types);
            let entry = |member: &Member| {
                let key = ScalarForm::new(shape.clone(), member.name.clone());
                EntryForm { key, value: value(&member.value), duplicate: false }
            };
            let mut entries: Elements<EntryForm> = members.iter().map(entry).collect();
            mark_duplicates(&mut entries);
            ValueForm::Map(entries)
        }
        (Value::Array(elements), _) if field.is_list() => {
            ValueForm::Repeated(elements.iter().map(many_of(&kind, types)).collect())
        }
        _ if field.is_list() || field.is_map() => ValueForm::Odd(node.clone()),
        _ => {
            let mut value = single(&kind, node, types);
            if let ValueForm::Scalar(scalar) = &mut value {
                scalar.optional = !field.supports_presence();
                scalar.check();
            }
            value
        }
    }
}

/// As [`single`], for many values of one kind.
fn many_of<'a>(kind: &'a Kind, types: &'a AnyTypes) -> impl Fn(&Node) -> ValueForm + 'a {
    let blank = kind.as_message().filter(|_| Shape::of(kind).is_none()).map(MessageForm::blank);
    move |node| match (&blank, &node.value) {
        (Some(blank), Value::Object(members)) => {
            let form = (!members.is_empty()).then(|| Box::new(blank.clone().with_json(node, types)));
            ValueForm::Message { descriptor: blank.descriptor.clone(), form }
        }
        _ => single(kind, node, types),
    }
}

/// One value: an element, the value of an entry, or a whole field.
pub(super) fn single(kind: &Kind, node: &Node, types: &AnyTypes) -> ValueForm {
    let fitting = match (Shape::of(kind), kind, &node.value) {
        (Some(Shape::Json(descriptor)), _, _) => match WellKnown::of(&descriptor) {
            Some(WellKnown::Any) => {
                AnyForm::from_json(node, &descriptor, types).map(|form| ValueForm::Any(Box::new(form)))
            }
            _ => Some(ValueForm::Json(Box::new(JsonForm::from_json(node, &descriptor)))),
        },
        (Some(shape), _, _) => {
            let bare = matches!(node.value, Value::Object(_) | Value::Array(_));
            if bare { None } else { ScalarForm::from_json(node, shape).map(ValueForm::Scalar) }
        }
        (None, Kind::Message(descriptor), Value::Object(members)) => {
            let form = (!members.is_empty()).then(|| Box::new(MessageForm::from_json_with(node, descriptor, types)));
            Some(ValueForm::Message { descriptor: descriptor.clone(), form })
        }
        _ => None,
    };
    fitting.unwrap_or_else(|| ValueForm::Odd(node.clone()))
}

impl ValueForm {
    /// An empty element of a repeated field, or value of a map field, of that type.
    #[must_use]
    pub fn new_element(field: &MessageField) -> Self {
        let kind = field.kind();
        let kind = match kind.as_message() {
            Some(entry) if field.is_map() => entry.map_entry_value_field().kind(),
            _ => kind,
        };
        Self::new_well_known(&kind).unwrap_or_else(|| empty_message(&kind))
    }

    /// An empty value of a type with a JSON form of its own, or of a scalar; `None` for other messages.
    fn new_well_known(kind: &Kind) -> Option<Self> {
        Some(match Shape::of(kind)? {
            Shape::Json(descriptor) if WellKnown::of(&descriptor) == Some(WellKnown::Any) => {
                Self::Any(Box::new(AnyForm::new(&descriptor)))
            }
            Shape::Json(descriptor) => Self::Json(Box::new(JsonForm::new(&descriptor))),
            shape => {
                let text = shape.zero();
                Self::Scalar(ScalarForm::new(shape, text))
            }
        })
    }

    /// Whether it takes rows of its own below its label.
    #[must_use]
    pub fn is_block(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Any(_) | Self::Json(_))
    }

    /// The form of a message value, made if it was not open yet; `None` for other values.
    pub fn open(&mut self) -> Option<&mut MessageForm> {
        match self {
            Self::Message { descriptor, form } => {
                Some(form.get_or_insert_with(|| Box::new(MessageForm::new(descriptor))))
            }
            _ => None,
        }
    }

    /// Its JSON.
    #[must_use]
    pub fn to_json(&self) -> Node {
        match self {
            Self::Scalar(scalar) => scalar.to_json(),
            Self::Message { form, .. } => {
                form.as_ref().map_or_else(|| Node::new(Value::Object(Vec::new())), |form| form.to_json())
            }
            Self::Any(any) => any.to_json(),
            Self::Json(json) => json.to_json(),
            Self::Repeated(elements) => Node::new(Value::Array(elements.iter().map(Self::to_json).collect())),
            Self::Map(entries) => {
                let member = |entry: &EntryForm| Member::new(entry.key.text.clone(), entry.value.to_json());
                Node::new(Value::Object(entries.iter().map(member).collect()))
            }
            Self::Odd(node) => node.clone(),
        }
    }

    /// How many values in it have a problem; JSON that cannot stand there counts as one, so does a repeated key.
    #[must_use]
    pub fn problem_count(&self) -> usize {
        match self {
            Self::Scalar(scalar) => usize::from(scalar.problem.is_some()),
            Self::Message { form, .. } => form.as_ref().map_or(0, |form| form.problem_count()),
            Self::Any(any) => any.problem_count(),
            Self::Json(json) => json.problem_count(),
            Self::Repeated(elements) => elements.iter().map(Self::problem_count).sum(),
            Self::Map(entries) => entries
                .iter()
                .map(|entry| {
                    let key = entry.duplicate || entry.key.problem.is_some();
                    usize::from(key) + entry.value.problem_count()
                })
                .sum(),
            Self::Odd(_) => 1,
        }
    }

    /// Checks every text in it again, and which keys of a map are repeated.
    pub fn check(&mut self) {
        match self {
            Self::Scalar(scalar) => scalar.check(),
            Self::Message { form, .. } => {
                if let Some(form) = form {
                    form.check();
                }
            }
            Self::Any(any) => any.check(),
            Self::Json(json) => json.check(),
            Self::Repeated(elements) => elements.iter_mut().for_each(Self::check),
            Self::Map(entries) => {
                for entry in entries.iter_mut() {
                    entry.key.check();
                    entry.value.check();
                }
                mark_duplicates(entries);
            }
            Self::Odd(_) => {}
        }
    }
}
