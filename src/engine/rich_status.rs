//! `google.rpc.Status`, which `grpc-status-details-bin` carries: the details of a status beside its code and message.
//!
//! Must not know: the types of the details.

use prost_types::Any;

/// A status with its details.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RichStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}
