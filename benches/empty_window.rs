//! The least that the toolkit can do: a window with nothing in it, for `benches/window.sh` to measure beside the program.
//!
//! What it costs is the price of egui, of the system's libraries and of the machine; the rest is ours.

use std::time::Instant;

struct Empty {
    started: Instant,
    told: bool,
}

impl eframe::App for Empty {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if ui.ctx().cumulative_frame_nr() == 0 {
            ui.ctx().request_repaint();
        } else if !self.told {
            self.told = true;
            let time = self.started.elapsed().as_secs_f64() * 1000.0;
            #[expect(clippy::print_stderr, reason = "the line that the script waits for")]
            {
                eprintln!("first frame after {time:.1} ms");
            }
        }
    }
}

fn main() -> eframe::Result {
    let started = Instant::now();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1260.0, 740.0]),
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    };
    eframe::run_native("empty window", options, Box::new(move |_| Ok(Box::new(Empty { started, told: false }))))
}
