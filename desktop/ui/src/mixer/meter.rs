//! Meters, drawn on canvases as the levels come, without drawing anything else anew.

use std::cell::RefCell;
use std::rc::Rc;

use dioxus::prelude::*;
use klieg_studio_model::fader::{PeakHold, place_on_meter};
use klieg_studio_model::{Level, Meters};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::browser;

/// Pixels of a canvas; the style sheet stretches it.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 14.0;
/// Levels in decibels from which on a meter is amber, and red.
const LOUD: f64 = -18.0;
const TOO_LOUD: f64 = -6.0;
/// How far a bar falls between two reports, in places of the scale.
const FALL: f64 = 0.045;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    Mix,
    Source(String),
}

struct Drawn {
    id: u32,
    channel: Channel,
    context: CanvasRenderingContext2d,
    bars: [f64; 2],
    peaks: [PeakHold; 2],
}

thread_local! {
    static DRAWN: RefCell<Vec<Drawn>> = const { RefCell::new(Vec::new()) };
}

#[component]
pub fn Meter(channel: Channel) -> Element {
    let id = use_hook(crate::studio::new_gesture);
    use_drop(move || DRAWN.with_borrow_mut(|drawn| drawn.retain(|meter| meter.id != id)));
    let channel = Rc::new(channel);
    rsx! {
        canvas {
            class: "meter",
            "aria-hidden": "true",
            width: "{WIDTH}",
            height: "{HEIGHT}",
            onmounted: move |event| {
                let canvas = event.data().downcast::<web_sys::Element>().cloned();
                let canvas = canvas.and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok());
                let context = canvas.and_then(|canvas| canvas.get_context("2d").ok().flatten());
                if let Some(Ok(context)) = context.map(JsCast::dyn_into::<CanvasRenderingContext2d>) {
                    let channel = (*channel).clone();
                    let mut meter = Drawn { id, channel, context, bars: [0.0; 2], peaks: Default::default() };
                    meter.draw(Level::SILENCE, browser::uptime());
                    DRAWN.with_borrow_mut(|drawn| drawn.push(meter));
                }
            },
        }
    }
}

/// Draws every meter.
pub fn paint(meters: &Meters) {
    let now = browser::uptime();
    DRAWN.with_borrow_mut(|drawn| {
        for meter in drawn {
            let level = match &meter.channel {
                Channel::Mix => meters.mix,
                Channel::Source(name) => meters.strips.get(name).copied(),
            };
            meter.draw(level.unwrap_or(Level::SILENCE), now);
        }
    });
}

impl Drawn {
    fn draw(&mut self, level: Level, now: f64) {
        let context = &self.context;
        context.clear_rect(0.0, 0.0, WIDTH, HEIGHT);
        let bands = [
            (0.0, place_on_meter(LOUD), "#4cc38a"),
            (place_on_meter(LOUD), place_on_meter(TOO_LOUD), "#f0b429"),
            (place_on_meter(TOO_LOUD), 1.0, "#ff6369"),
        ];
        for (row, ((peak, bar), hold)) in level.peak.iter().zip(&mut self.bars).zip(&mut self.peaks).enumerate() {
            let (top, thick) = (row as f64 * 8.0, 6.0);
            let place = place_on_meter(f64::from(*peak));
            *bar = place.max(*bar - FALL);
            hold.meet(f64::from(*peak), now);
            for (from, to, colour) in bands {
                context.set_fill_style_str(colour);
                context.set_global_alpha(0.16);
                context.fill_rect(from * WIDTH, top, (to - from) * WIDTH, thick);
                context.set_global_alpha(1.0);
                if *bar > from {
                    context.fill_rect(from * WIDTH, top, (bar.min(to) - from) * WIDTH, thick);
                }
            }
            let mark = place_on_meter(hold.level);
            if mark > 0.0 {
                let colour = bands.iter().rev().find(|(from, ..)| mark >= *from).map_or("#4cc38a", |band| band.2);
                context.set_fill_style_str(colour);
                context.fill_rect((mark * WIDTH - 3.0).max(0.0), top, 3.0, thick);
            }
        }
    }
}
