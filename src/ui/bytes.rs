//! A value of type bytes, looked at as what it is: a text, a picture, a message, and always as hex.

use bytes::Bytes;
use egui::{ColorImage, Id, TextureHandle, TextureOptions, Ui, UiBuilder, vec2};

use super::icons::Icon;
use super::modal::{foot, title};
use super::saving::Saving;
use super::theme;
use super::widgets::{self, Lines, ListState, NoticeKind, Push, SegmentStyle};
use crate::app::exchange::Outgoing;
use crate::app::overlay::Inspected;
use crate::app::{Action, App, format};
use crate::collection::Written;
use crate::engine::Job;
use crate::message::AnyTypes;
use crate::message::exchange::Format;
use crate::message::wire::View;
use crate::message::wire_text::wire_text;

/// Larger pictures are made smaller: graphics cards take no more.
const MOST_PIXELS: u32 = 2048;
/// A picture with a longer side is not decoded.
const LONGEST_SIDE: u32 = 20_000;
/// Memory that decoding a picture may take, in bytes.
const MOST_MEMORY: u64 = 512 << 20;

/// The value that is looked at.
#[derive(Default)]
pub(super) struct Inspector {
    of: Option<Bytes>,
    job: Option<Job<Prepared>>,
    prepared: Option<Prepared>,
    texture: Option<TextureHandle>,
    /// The chosen view, by its place among those that there are.
    chosen: usize,
    hex: ListState,
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Image,
    Text,
    Message,
    Hex,
}

/// What the bytes can be looked at as.
#[derive(Default)]
struct Prepared {
    text: Option<(String, Lines)>,
    message: Option<(String, Lines)>,
    picture: Option<Picture>,
}

struct Picture {
    /// `PNG`
    format: &'static str,
    /// `png`
    extension: &'static str,
    /// As it is, whatever is shown.
    size: [u32; 2],
    pixels: Result<ColorImage, String>,
}

impl Prepared {
    fn of(bytes: &[u8]) -> Self {
        let picture = Picture::of(bytes);
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(with_lines);
        let view = View::of(bytes);
        let is_message = view.broken.is_none() && !view.fields.is_empty() && picture.is_none();
        let message = is_message.then(|| with_lines(&wire_text(bytes, None)));
        Self { text, message, picture }
    }

    fn looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        if self.picture.is_some() {
            looks.push(Look::Image);
        }
        let is_clean = |text: &str| !text.contains(|letter: char| letter.is_control() && !letter.is_whitespace());
        let (text, message) = (self.text.as_ref().map(|_| Look::Text), self.message.as_ref().map(|_| Look::Message));
        // A message may be a text by chance, hardly the other way round.
        if self.text.as_ref().is_some_and(|(text, _)| is_clean(text)) {
            looks.extend(text.into_iter().chain(message));
        } else {
            looks.extend(message.into_iter().chain(text));
        }
        looks.push(Look::Hex);
        looks
    }
}

fn with_lines(text: &str) -> (String, Lines) {
    (text.to_owned(), Lines::new(text))
}

impl Picture {
    /// The picture that the bytes are, if they begin as one does.
    fn of(bytes: &[u8]) -> Option<Self> {
        let kind = image::guess_format(bytes).ok()?;
        let (format, extension) = match kind {
            image::ImageFormat::Png => ("PNG", "png"),
            image::ImageFormat::Jpeg => ("JPEG", "jpg"),
            image::ImageFormat::Gif => ("GIF", "gif"),
            image::ImageFormat::WebP => ("WebP", "webp"),
            image::ImageFormat::Bmp => ("BMP", "bmp"),
            _ => return None,
        };
        let mut reader = image::ImageReader::with_format(std::io::Cursor::new(bytes), kind);
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(LONGEST_SIDE);
        limits.max_image_height = Some(LONGEST_SIDE);
        limits.max_alloc = Some(MOST_MEMORY);
        reader.limits(limits);
        let (size, pixels) = match reader.decode() {
            Err(error) => ([0, 0], Err(error.to_string())),
            Ok(picture) => {
                let size = [picture.width(), picture.height()];
                let is_large = size.iter().any(|side| *side > MOST_PIXELS);
                let shown = if is_large { picture.thumbnail(MOST_PIXELS, MOST_PIXELS) } else { picture };
                let shown = shown.into_rgba8();
                let sides = [shown.width() as usize, shown.height() as usize];
                (size, Ok(ColorImage::from_rgba_unmultiplied(sides, shown.as_raw())))
            }
        };
        Some(Self { format, extension, size, pixels })
    }
}

impl Inspector {
    /// Begins to look at other bytes.
    fn begin(&mut self, app: &App, bytes: &Bytes) {
        let is_same = |of: &Bytes| of.as_ptr() == bytes.as_ptr() && of.len() == bytes.len();
        if !self.of.as_ref().is_some_and(is_same) {
            let of = bytes.clone();
            let job = app.engine.blocking(move || Prepared::of(&of));
            *self = Self { of: Some(bytes.clone()), job: Some(job), ..Self::default() };
        }
        if let Some(answer) = self.job.as_mut().and_then(Job::try_next) {
            self.job = None;
            self.prepared = Some(answer.unwrap_or_default());
        }
    }
}

/// Draws the value; whether it stays open.
pub(super) fn ui(
    ui: &mut Ui,
    app: &App,
    inspected: &Inspected,
    inspector: &mut Inspector,
    saving: &mut Saving,
    actions: &mut Vec<Action>,
) -> bool {
    let text = &app.text;
    inspector.begin(app, &inspected.bytes);
    title(ui, &inspected.path);
    let looks = inspector.prepared.as_ref().map(Prepared::looks).unwrap_or_default();
    let height = ui.ctx().content_rect().height() * 0.5;
    ui.horizontal(|ui| {
        super::secondary(ui, &format::size(inspected.bytes.len() as u64));
        if let Some(picture) = inspector.prepared.as_ref().and_then(|prepared| prepared.picture.as_ref()) {
            let [width, height] = picture.size;
            let words = if picture.pixels.is_ok() {
                format!("{}, {width} × {height}", picture.format)
            } else {
                picture.format.to_owned()
            };
            super::secondary(ui, &words);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let label = |look: &Look| {
                text.get(match look {
                    Look::Image => "bytes-image",
                    Look::Text => "view-text",
                    Look::Message => "bytes-message",
                    Look::Hex => "bytes-as-hex",
                })
            };
            let labels: Vec<&str> = looks.iter().map(label).collect();
            let name = text.get("bytes-looks");
            widgets::segmented_styled(ui, "bytes_looks", name, &labels, &mut inspector.chosen, SegmentStyle::Bare);
        });
    });
    ui.add_space(6.0);
    let (_, area) = ui.allocate_space(vec2(ui.available_width(), height));
    ui.painter().rect_filled(area, theme::RADIUS, theme::tokens(ui).surface);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(area.shrink(4.0)));
    inside.shrink_clip_rect(area);
    content_ui(&mut inside, app, inspected, inspector, looks.get(inspector.chosen).copied());
    let outgoing = |format| {
        Box::new(Outgoing {
            bytes: inspected.bytes.clone(),
            descriptor: inspected.descriptor.clone(),
            format,
            written: Written::default(),
            types: AnyTypes::NONE,
        })
    };
    let mut keep = true;
    foot(ui, |ui| {
        if ui.add(Push::new(text.get("close")).primary()).clicked() {
            keep = false;
        }
        if ui.add(Push::new(text.get("bytes-save")).icon(Icon::FloppyDisk)).clicked() {
            let picture = inspector.prepared.as_ref().and_then(|prepared| prepared.picture.as_ref());
            let is_text = looks.first() == Some(&Look::Text);
            let extension = picture.map_or(if is_text { "txt" } else { "bin" }, |picture| picture.extension);
            saving.ask(&app.engine, &format!("{}.{extension}", stem(&inspected.path)), outgoing(Format::Binary));
        }
        for (key, format) in [("copy-as-base64", Format::Base64), ("copy-as-hex", Format::Hex)] {
            if ui.add(Push::new(text.get(key)).quiet()).clicked() {
                actions.push(Action::CopyOut(outgoing(format)));
            }
        }
    });
    keep
}

fn content_ui(ui: &mut Ui, app: &App, inspected: &Inspected, inspector: &mut Inspector, look: Option<Look>) {
    let text = &app.text;
    let id = Id::unique("inspected");
    let Some(prepared) = &mut inspector.prepared else {
        ui.horizontal(|ui| {
            widgets::spinner(ui);
            super::secondary(ui, text.get("bytes-looking"));
        });
        return;
    };
    let read = match look {
        Some(Look::Text) => prepared.text.as_mut(),
        Some(Look::Message) => prepared.message.as_mut(),
        Some(Look::Image) => {
            if let Some(picture) = &prepared.picture {
                picture_ui(ui, picture, &mut inspector.texture, &inspected.path);
            }
            return;
        }
        Some(Look::Hex) | None => {
            widgets::hex_viewer(ui, id.with("hex"), &inspected.path, &inspected.bytes, &mut inspector.hex);
            return;
        }
    };
    if let Some((words, lines)) = read {
        widgets::json_viewer(ui, id.with(look.map(|look| look as usize)), &inspected.path, words, lines);
    }
}

fn picture_ui(ui: &mut Ui, picture: &Picture, texture: &mut Option<TextureHandle>, name: &str) {
    match &picture.pixels {
        Err(problem) => {
            widgets::notice(ui, NoticeKind::Warning, problem, &[]);
        }
        Ok(pixels) => {
            let options = if pixels.width() < 64 { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
            let texture = texture.get_or_insert_with(|| ui.ctx().load_texture("inspected", pixels.clone(), options));
            let area = ui.available_rect_before_wrap();
            let size = texture.size_vec2();
            // Small ones are shown larger, so that there is something to see.
            let fit = (area.width() / size.x).min(area.height() / size.y).min(if size.x < 64.0 { 8.0 } else { 1.0 });
            let image = egui::Image::new((texture.id(), size * fit)).alt_text(name);
            ui.put(egui::Rect::from_center_size(area.center(), size * fit), image);
        }
    }
}

/// What a file of the field at `path` is called.
fn stem(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name: String = last.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
    name.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut out, image::ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn bytes_are_what_they_seem() {
        use Look::{Hex, Image, Message, Text};
        #[track_caller]
        fn check(bytes: &[u8], expected: &[Look]) {
            assert_eq!(Prepared::of(bytes).looks(), expected, "{bytes:?}");
        }
        check("Hello, 世界\n".as_bytes(), &[Text, Hex]);
        check(b"\x0a\x05Hello", &[Message, Text, Hex]);
        check(b"\xff\xfe\0", &[Hex]);
        check(&png(2, 3), &[Image, Hex]);
    }

    #[test]
    fn pictures() {
        let picture = Picture::of(&png(3, 2)).unwrap();
        assert_eq!((picture.format, picture.size, picture.pixels.unwrap().size), ("PNG", [3, 2], [3, 2]));
        let picture = Picture::of(&png(4096, 1)).unwrap();
        assert_eq!((picture.size, picture.pixels.unwrap().size), ([4096, 1], [2048, 1]));
        let broken = &png(3, 2)[..40];
        assert!(Picture::of(broken).unwrap().pixels.is_err());
        assert!(Picture::of(b"GIF").is_none());
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_not_decoded() {
        let mut bytes = png(1, 1);
        // Width and height in the header, with its checksum no longer right: the limit comes first.
        bytes[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(Picture::of(&bytes).unwrap().pixels.is_err());
    }

    #[test]
    fn names_of_files() {
        assert_eq!(stem("items[2].picture"), "picture");
        assert_eq!(stem("files[\"a/b\"]"), "files__a_b");
        assert_eq!(stem("avatar"), "avatar");
    }
}
