//! The files of a collection as serialised types. The order of the fields is the order of the keys; `rest` holds the keys
//! that we do not know.
//!
//! Must not know: paths on this machine.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check::Assert;

/// The version of the format that is written. Files of a newer version are read as far as they can be, never written.
pub const FORMAT_VERSION: u32 = 1;

const fn format_version() -> u32 {
    FORMAT_VERSION
}

/// `trunkline.json`: what makes a folder a collection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionFile {
    /// Format version.
    #[serde(default = "format_version")]
    pub trunkline: u32,
    /// Its name; empty for the folder's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where its types come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<SourceFile>,
    /// What every request inherits.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// Variables that environments may override.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Names of the entries that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Default for CollectionFile {
    fn default() -> Self {
        Self {
            trunkline: FORMAT_VERSION,
            name: String::new(),
            schemas: Vec::new(),
            defaults: Defaults::default(),
            variables: Map::new(),
            order: Vec::new(),
            rest: Map::new(),
        }
    }
}

/// `folder.json`: what the requests below inherit, and their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderFile {
    /// Its name, where it is not the folder's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the requests below inherit.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// Variables of the requests below.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Names of the entries that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `environments/NAME.json` and `environments/NAME.secret.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentFile {
    /// Names and values. A value that is no text counts as its JSON.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// What overrides the collection's defaults.
    #[serde(default, skip_serializing_if = "Defaults::is_empty")]
    pub defaults: Defaults,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What requests inherit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Defaults {
    /// Target.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Metadata.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<RowFile>,
    /// Credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthFile>,
    /// TLS settings.
    #[serde(default, skip_serializing_if = "TlsFile::is_empty")]
    pub tls: TlsFile,
    /// Timeout.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timeout: String,
    /// Timeout for connecting.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub connect_timeout: String,
    /// How calls run, by `request::Setting::key`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Defaults {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `NAME.request.json`: one request.
///
/// A message is a JSON value. Where it is a string, it is the message's text just as it was typed: so text that is no
/// JSON (yet) is kept, and so is JSON that a tree of values could not give back, such as a repeated name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestFile {
    /// Format version.
    #[serde(default = "format_version")]
    pub trunkline: u32,
    /// Its name, where the file's does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `pkg.Service/Method`.
    #[serde(default)]
    pub method: String,
    /// Target; empty for the inherited one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// TLS settings.
    #[serde(default, skip_serializing_if = "TlsFile::is_empty")]
    pub tls: TlsFile,
    /// Metadata.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<RowFile>,
    /// Credentials; absent for inherited ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthFile>,
    /// Timeout.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timeout: String,
    /// Timeout for connecting.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub connect_timeout: String,
    /// How the call runs, by `request::Setting::key`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Messages to send.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Value>,
    /// Variable names, and the paths of the response that they take their values from.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub captures: Map<String, Value>,
    /// What must hold of the response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asserts: Vec<Assert>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Default for RequestFile {
    fn default() -> Self {
        Self {
            trunkline: FORMAT_VERSION,
            name: String::new(),
            method: String::new(),
            target: String::new(),
            tls: TlsFile::default(),
            metadata: Vec::new(),
            auth: None,
            timeout: String::new(),
            connect_timeout: String::new(),
            settings: Map::new(),
            messages: Vec::new(),
            captures: Map::new(),
            asserts: Vec::new(),
            rest: Map::new(),
        }
    }
}

/// A row of metadata: `["name", "value"]`, or an object for a row that is switched off or typed in another form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowFile {
    /// Name and value.
    Pair(String, String),
    /// In full.
    Row {
        /// Name.
        name: String,
        /// Value.
        #[serde(default)]
        value: String,
        /// How a value of bytes is typed: `text`, `hex` or `base64`; absent for base64.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        form: String,
        /// Not sent.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disabled: bool,
        /// Keys that we do not know.
        #[serde(flatten)]
        rest: Map<String, Value>,
    },
}

/// Credentials.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthFile {
    /// `none`, `bearer` (token), `basic` (user, password), `api-key` (name, value), `jwt`, `oauth2` or `command`. One
    /// that we do not know counts as absent, and is kept.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of `bearer`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// Of `basic`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Of `basic`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub password: String,
    /// Of `jwt`: `HS256` and so on; absent for `HS256`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// Of `jwt`: the key itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Of `jwt`: the file of the key, relative to the collection.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key_file: String,
    /// Of `jwt`: the shared secret is in base64.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key_is_base64: bool,
    /// Of `jwt`: an object, or the text as it was typed where it is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub claims: Value,
    /// Of `jwt`: further members of the header, as `claims`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub header: Value,
    /// Of `jwt`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lifetime: String,
    /// Of `oauth2`: `client-credentials` or `authorization-code`; absent for the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grant: String,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authorization_url: String,
    /// Of `oauth2`: a number, or a text with a variable; absent for any free port.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub redirect_port: Value,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token_url: String,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_secret: String,
    /// Of `oauth2`: separated by spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scopes: String,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
    /// Of `oauth2`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// Of `oauth2`: `header` or `body`, where id and secret are put; absent for the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_auth: String,
    /// Of `oauth2`: further parameters, `name=value` on a line each.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parameters: String,
    /// Of `command`: the command line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Of `command`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timeout: String,
    /// The name of the metadata entry: of `api-key`; of `jwt` and `command` where it is not `authorization`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of `api-key`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Of `jwt` and `command`: what stands before the token; absent for `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Only the type: the rest may hold secrets.
impl fmt::Debug for AuthFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFile").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// TLS settings.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TlsFile {
    /// `plaintext` or `tls`; absent for the target's own rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Roots, relative to the collection.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
    /// Client certificate.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cert: String,
    /// Client key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// What opens a client certificate in PKCS#12 form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub password: String,
    /// `:authority`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authority: String,
    /// Name that the certificate must have.
    #[serde(default, rename = "serverName", skip_serializing_if = "String::is_empty")]
    pub server_name: String,
    /// The certificate is not verified.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Without the password, and what we do not know.
impl fmt::Debug for TlsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, ca, cert, key, password: _, authority, server_name, insecure, rest: _ } = self;
        let files = [ca, cert, key];
        write!(f, "TLS {mode} {files:?} {authority} {server_name}{}", if *insecure { " insecure" } else { "" })
    }
}

impl TlsFile {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where types come from; paths are relative to the collection, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum SourceFile {
    /// Proto files or folders.
    Protos {
        /// Files or folders.
        protos: Vec<String>,
        /// Roots of imports.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        import_paths: Vec<String>,
    },
    /// A descriptor set.
    DescriptorSet {
        /// The file.
        descriptor_set: String,
    },
    /// A server's own word.
    Reflection {
        /// Its target; may hold variables.
        reflection: String,
    },
    /// Of a kind that we do not know: kept.
    Unknown(Value),
}
