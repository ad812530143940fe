//! Server reflection, v1 and v1alpha, over the samples.
//!
//! Answers of our own, because the samples define some names twice: a symbol is looked up by the file that a client
//! would want, and every answer carries that file and all it imports.
//!
//! Must not know: what the methods answer.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use tonic::codec::Streaming;
use tonic::{Code, Request, Response, Status};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::{v1, v1alpha};

use super::samples::Sample;

/// Every file that the server knows, and what each defines.
#[derive(Default)]
pub(super) struct Directory {
    files: BTreeMap<String, FileDescriptorProto>,
    services: Vec<String>,
    /// Full name to the file that defines it; of two files the first by name.
    symbols: BTreeMap<String, String>,
    /// Full names of messages.
    messages: HashSet<String>,
    /// Extended message and number to the file of the extension.
    extensions: BTreeMap<(String, i32), String>,
}

impl Directory {
    /// The files of the samples, and those of health and reflection themselves.
    ///
    /// # Errors
    ///
    /// When a descriptor set that comes with a library is broken, which the tests rule out.
    pub(super) fn new(samples: &[Sample]) -> io::Result<Self> {
        let mut directory = Self::default();
        for set in [tonic_health::pb::FILE_DESCRIPTOR_SET, v1::FILE_DESCRIPTOR_SET, v1alpha::FILE_DESCRIPTOR_SET] {
            let set = FileDescriptorSet::decode(set).map_err(io::Error::other)?;
            directory.files.extend(set.file.into_iter().map(|file| (file.name().to_owned(), file)));
        }
        for sample in samples {
            directory.files.extend(sample.files.file.iter().map(|file| (file.name().to_owned(), file.clone())));
        }
        let files: Vec<FileDescriptorProto> = directory.files.values().cloned().collect();
        for file in &files {
            directory.index(file);
        }
        directory.services.sort();
        Ok(directory)
    }

    /// Full names of all services, sorted.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(String::as_str)
    }

    fn index(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        for service in &file.service {
            let name = joined(package, service.name());
            for method in &service.method {
                self.add(file, joined(&name, method.name()));
            }
            self.services.push(name.clone());
            self.add(file, name);
        }
        for message in &file.message_type {
            self.index_message(file, package, message);
        }
        for kind in &file.enum_type {
            self.index_enum(file, package, kind);
        }
        self.index_extensions(file, package, &file.extension);
    }

    fn index_message(&mut self, file: &FileDescriptorProto, scope: &str, message: &DescriptorProto) {
        let name = joined(scope, message.name());
        for field in &message.field {
            self.add(file, joined(&name, field.name()));
        }
        for oneof in &message.oneof_decl {
            self.add(file, joined(&name, oneof.name()));
        }
        for nested in &message.nested_type {
            self.index_message(file, &name, nested);
        }
        for kind in &message.enum_type {
            self.index_enum(file, &name, kind);
        }
        self.index_extensions(file, &name, &message.extension);
        self.messages.insert(name.clone());
        self.add(file, name);
    }

    fn index_enum(&mut self, file: &FileDescriptorProto, scope: &str, kind: &EnumDescriptorProto) {
        // The values of an enum are its siblings, not its children.
        for value in &kind.value {
            self.add(file, joined(scope, value.name()));
        }
        self.add(file, joined(scope, kind.name()));
    }

    fn index_extensions(&mut self, file: &FileDescriptorProto, scope: &str, extensions: &[FieldDescriptorProto]) {
        for extension in extensions {
            let extended = extension.extendee().trim_start_matches('.').to_owned();
            self.extensions.insert((extended, extension.number()), file.name().to_owned());
            self.add(file, joined(scope, extension.name()));
        }
    }

    fn add(&mut self, file: &FileDescriptorProto, symbol: String) {
        self.symbols.entry(symbol).or_insert_with(|| file.name().to_owned());
    }

    /// The answer to one question.
    fn answer(&self, question: v1::ServerReflectionRequest) -> v1::ServerReflectionResponse {
        let answer = match &question.message_request {
            Some(MessageRequest::FileByFilename(name)) => self.file(name),
            Some(MessageRequest::FileContainingSymbol(symbol)) => match self.symbols.get(symbol) {
                Some(file) => self.file(file),
                None => Err(Status::not_found(format!("no symbol {symbol}"))),
            },
            Some(MessageRequest::FileContainingExtension(extension)) => {
                let key = (extension.containing_type.clone(), extension.extension_number);
                match self.extensions.get(&key) {
                    Some(file) => self.file(file),
                    None => Err(Status::not_found(format!("no extension {} of {}", key.1, key.0))),
                }
            }
            Some(MessageRequest::AllExtensionNumbersOfType(name)) => self.extension_numbers(name),
            Some(MessageRequest::ListServices(_)) => Ok(self.list()),
            None => Err(Status::invalid_argument("the request asks for nothing")),
        };
        let answer = answer.unwrap_or_else(|status| {
            MessageResponse::ErrorResponse(v1::ErrorResponse {
                error_code: Code::into(status.code()),
                error_message: status.message().to_owned(),
            })
        });
        v1::ServerReflectionResponse {
            valid_host: question.host.clone(),
            original_request: Some(question),
            message_response: Some(answer),
        }
    }

    /// A file and all it imports, itself first.
    fn file(&self, name: &str) -> Result<MessageResponse, Status> {
        let file = self.files.get(name).ok_or_else(|| Status::not_found(format!("no file {name}")))?;
        let mut closure = vec![file];
        let mut seen = HashSet::from([name]);
        let mut next = 0;
        while let Some(file) = closure.get(next) {
            let imports = file.dependency.iter().filter(|import| seen.insert(import.as_str()));
            let imported: Vec<_> = imports.filter_map(|import| self.files.get(import)).collect();
            closure.extend(imported);
            next += 1;
        }
        let file_descriptor_proto = closure.iter().map(|file| file.encode_to_vec()).collect();
        Ok(MessageResponse::FileDescriptorResponse(v1::FileDescriptorResponse { file_descriptor_proto }))
    }

    fn extension_numbers(&self, name: &str) -> Result<MessageResponse, Status> {
        if !self.messages.contains(name) {
            return Err(Status::not_found(format!("no message {name}")));
        }
        let extension_number =
            self.extensions.keys().filter(|(extended, _)| extended == name).map(|(_, number)| *number).collect();
        Ok(MessageResponse::AllExtensionNumbersResponse(v1::ExtensionNumberResponse {
            base_type_name: name.to_owned(),
            extension_number,
        }))
    }

    fn list(&self) -> MessageResponse {
        let service = self.services().map(|name| v1::ServiceResponse { name: name.to_owned() }).collect();
        MessageResponse::ListServicesResponse(v1::ListServiceResponse { service })
    }
}

fn joined(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// Both versions of the reflection service.
#[derive(Clone)]
pub(super) struct Answering {
    directory: Arc<Directory>,
}

impl Answering {
    /// Answers from that directory.
    pub(super) fn new(directory: Directory) -> Self {
        Self { directory: Arc::new(directory) }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl v1::server_reflection_server::ServerReflection for Answering {
    type ServerReflectionInfoStream = Answers<v1::ServerReflectionResponse>;

    async fn server_reflection_info(
        &self,
        request: Request<Streaming<v1::ServerReflectionRequest>>,
    ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
        let directory = Arc::clone(&self.directory);
        let answers = request.into_inner().map(move |question| Ok(directory.answer(question?)));
        Ok(Response::new(Box::pin(answers)))
    }
}

#[tonic::async_trait]
impl v1alpha::server_reflection_server::ServerReflection for Answering {
    type ServerReflectionInfoStream = Answers<v1alpha::ServerReflectionResponse>;

    async fn server_reflection_info(
        &self,
        request: Request<Streaming<v1alpha::ServerReflectionRequest>>,
    ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
        let directory = Arc::clone(&self.directory);
        let answers = request.into_inner().map(move |question| recoded(&directory.answer(recoded(&question?)?)));
        Ok(Response::new(Box::pin(answers)))
    }
}

/// The same message in the other version: v1 and v1alpha are one on the wire.
fn recoded<T: Message + Default>(message: &impl Message) -> Result<T, Status> {
    T::decode(message.encode_to_vec().as_slice()).map_err(|error| Status::internal(error.to_string()))
}
