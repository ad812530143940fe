//! What the methods of the small samples answer, and the words that all answers are written in.
//!
//! Must not know: HTTP.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tokio::time::{MissedTickBehavior, interval};
use tonic::codec::Streaming;
use tonic::{Request, Response, Status};

use super::dispatch::Replies;
use super::kitchen_sink;

/// Time between two replies of a greeting stream, so that one sees them arrive.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers one call of one method.
pub(super) async fn answer(
    method: &MethodDescriptor,
    request: Request<Streaming<DynamicMessage>>,
) -> Result<Response<Replies>, Status> {
    let (metadata, _, mut messages) = request.into_parts();
    let replies = match method.full_name() {
        "helloworld.Greeter.SayHello" | "hello.Greeter.SayHello" => {
            let name = text(&only(&mut messages).await?, "name");
            one(greeting(method, &format!("Hello, {name}!")))
        }
        "helloworld.Greeter.SayHelloServerStreaming" | "hello.Greeter.LotsOfReplies" => {
            let name = text(&only(&mut messages).await?, "name");
            let method = method.clone();
            paced(PAUSE, 5, move |number| greeting(&method, &format!("Hello, {name}! Number {number}")))
        }
        "helloworld.Greeter.SayHelloClientStreaming" | "hello.Greeter.LotsOfGreetings" => {
            let mut names = Vec::new();
            while let Some(request) = messages.message().await? {
                names.push(text(&request, "name"));
            }
            one(greeting(method, &format!("Hello, {}!", names.join(", "))))
        }
        "helloworld.Greeter.SayHelloBiDiStreaming" => {
            let method = method.clone();
            let greet = move |request| greeting(&method, &format!("Hello, {}!", text(&request, "name")));
            Box::pin(messages.map(move |request| request.map(&greet)))
        }
        "hello.Hello.SayHello" => {
            let request = only(&mut messages).await?;
            let age = number(&request, "age");
            one(greeting(method, &format!("hello {} {age}", text(&request, "name"))))
        }
        "TestServer.GetRandom" => {
            only(&mut messages).await?;
            one(reply(method, Value::I32(fastrand::i32(10..=20))))
        }
        "Crypt.DoEncrypt" => {
            let request = only(&mut messages).await?;
            let token = text(&request, "token");
            let encrypt = |value: &Value| Value::String(format!("{token}{}", value.as_str().unwrap_or_default()));
            let data = field(&request, "data");
            one(reply(method, Value::List(data.as_list().unwrap_or_default().iter().map(encrypt).collect())))
        }
        "signup.Accounts.SignUp" => {
            let name = text(&only(&mut messages).await?, "name");
            one(greeting(method, &format!("Welcome, {name}!")))
        }
        _ => return kitchen_sink::answer(method, &metadata, messages).await,
    };
    Ok(Response::new(replies))
}

/// The one message of a call whose requests do not stream.
pub(super) async fn only(messages: &mut Streaming<DynamicMessage>) -> Result<DynamicMessage, Status> {
    messages.message().await?.ok_or_else(|| Status::invalid_argument("the request has no message"))
}

/// A single reply.
pub(super) fn one(reply: DynamicMessage) -> Replies {
    Box::pin(stream::iter([Ok(reply)]))
}

/// `count` replies (0: without end), numbered from 1, the first at once, the others `pause` apart.
pub(super) fn paced(
    pause: Duration,
    count: u64,
    make: impl Fn(u64) -> DynamicMessage + Clone + Send + 'static,
) -> Replies {
    // An interval cannot be zero; without a pause the speed is up to the connection.
    let clock = (!pause.is_zero()).then(|| {
        let mut clock = interval(pause);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        clock
    });
    Box::pin(stream::unfold((1, clock), move |(number, mut clock)| {
        let make = make.clone();
        async move {
            if count != 0 && number > count {
                return None;
            }
            if let Some(clock) = &mut clock {
                clock.tick().await;
            }
            Some((Ok(make(number)), (number + 1, clock)))
        }
    }))
}

/// A reply whose first field is that text.
fn greeting(method: &MethodDescriptor, text: &str) -> DynamicMessage {
    reply(method, Value::String(text.to_owned()))
}

/// A reply of the method's type with its first field set. The reply types of the small samples have only that one,
/// under various names.
fn reply(method: &MethodDescriptor, value: Value) -> DynamicMessage {
    let mut reply = DynamicMessage::new(method.output());
    reply.set_field_by_number(1, value);
    reply
}

/// The value of a field, or its default; false where the message has no such field.
pub(super) fn field(message: &DynamicMessage, name: &str) -> Value {
    message.get_field_by_name(name).map_or(Value::Bool(false), std::borrow::Cow::into_owned)
}

/// The text of a field.
pub(super) fn text(message: &DynamicMessage, name: &str) -> String {
    field(message, name).as_str().unwrap_or_default().to_owned()
}

/// The number of a field that is an integer or an enum.
pub(super) fn number(message: &DynamicMessage, name: &str) -> i64 {
    match field(message, name) {
        Value::I32(number) | Value::EnumNumber(number) => i64::from(number),
        Value::I64(number) => number,
        Value::U32(number) => i64::from(number),
        _ => 0,
    }
}
