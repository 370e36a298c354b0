//! LL-HLS: by hls.js where the browser has media source extensions, by the browser itself on Safari.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlVideoElement;

use crate::browser;

#[wasm_bindgen]
extern "C" {
    /// Loads hls.js and answers its class; `boot.js` knows where it lies.
    #[wasm_bindgen(js_name = kliegHls, catch)]
    fn load_class() -> Result<Promise, JsValue>;

    type Player;
    #[wasm_bindgen(method, js_name = loadSource)]
    fn load_source(this: &Player, url: &str);
    #[wasm_bindgen(method, js_name = attachMedia)]
    fn attach_media(this: &Player, video: &HtmlVideoElement);
    #[wasm_bindgen(method)]
    fn on(this: &Player, event: &str, listener: &Function);
    #[wasm_bindgen(method)]
    fn destroy(this: &Player);
    #[wasm_bindgen(method, getter)]
    fn latency(this: &Player) -> f64;
    #[wasm_bindgen(method, getter)]
    fn levels(this: &Player) -> Array;
    #[wasm_bindgen(method, getter, js_name = liveSyncPosition)]
    fn live_sync_position(this: &Player) -> Option<f64>;
    #[wasm_bindgen(method, setter, js_name = nextLevel)]
    fn set_next_level(this: &Player, level: i32);

    /// An `XMLHttpRequest` that hls.js has made.
    type Request;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Request, method: &str, url: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setRequestHeader)]
    fn set_header(this: &Request, name: &str, value: &str) -> Result<(), JsValue>;
}

/// Seconds behind the place where live is, from which on hls.js would take too long to catch up.
const FAR_BEHIND: f64 = 8.0;

thread_local! {
    /// What tells this page from others behind the same address, so that each counts as a viewer.
    static NAME: String = browser::random();
}

/// One quality to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// hls.js's number.
    pub index: i32,
    /// Pixels.
    pub height: u32,
    /// Bits a second.
    pub bitrate: u32,
}

/// An open playlist; closed when dropped.
pub struct Hls {
    video: HtmlVideoElement,
    /// None where the browser plays by itself.
    player: Option<Player>,
    _listeners: Vec<Closure<dyn FnMut(JsValue, JsValue)>>,
}

impl Hls {
    /// Plays `url` on `video`. `on_levels` gets the qualities when they are known, `on_broken` an error that hls.js does not
    /// get over.
    pub async fn open(
        url: &str,
        video: &HtmlVideoElement,
        on_levels: impl Fn(Vec<Level>) + 'static,
        on_broken: impl Fn() + 'static,
    ) -> Result<Rc<Self>, JsValue> {
        if plays_by_itself(video) {
            video.set_src(url);
            return Ok(Rc::new(Self { video: video.clone(), player: None, _listeners: Vec::new() }));
        }
        let class: Function = JsFuture::from(load_class()?).await?.dyn_into()?;
        let named = Closure::<dyn FnMut(_, _)>::new(|request: JsValue, url: JsValue| {
            if let Some(url) = url.as_string().filter(|url| url.contains(".m3u8")) {
                let request: Request = request.unchecked_into();
                let _ =
                    request.open("GET", &url).and_then(|()| NAME.with(|name| request.set_header("klieg-viewer", name)));
            }
        });
        let config = config()?;
        Reflect::set(&config, &"xhrSetup".into(), named.as_ref())?;
        let player: Player = Reflect::construct(&class, &Array::of1(config.as_ref()))?.unchecked_into();

        let errors = Closure::<dyn FnMut(_, _)>::new(move |_, data: JsValue| {
            if Reflect::get(&data, &"fatal".into()).is_ok_and(|fatal| fatal.is_truthy()) {
                on_broken();
            }
        });
        player.on("hlsError", errors.as_ref().unchecked_ref());
        let parsed = Closure::<dyn FnMut(_, _)>::new(move |_, data: JsValue| {
            if let Ok(list) = Reflect::get(&data, &"levels".into()) {
                on_levels(levels(list.unchecked_ref()));
            }
        });
        player.on("hlsManifestParsed", parsed.as_ref().unchecked_ref());

        player.load_source(url);
        player.attach_media(video);
        Ok(Rc::new(Self { video: video.clone(), player: Some(player), _listeners: vec![errors, parsed, named] }))
    }

    /// Goes to where live is now if that has come to be far ahead: a publisher's line that stood still may bring many seconds
    /// at once. Answers how far behind it is, in milliseconds.
    pub fn keep_up(&self) -> Option<f64> {
        let position = self.video.current_time();
        let live = self.player.as_ref().and_then(Player::live_sync_position);
        // Until the picture has come, hls.js looks for the place by itself.
        let plays = position > 0.0 && !self.video.paused();
        if plays && live.is_some_and(|live| live - position > FAR_BEHIND) {
            self.seek_to_live();
        }
        self.latency()
    }

    /// Milliseconds from the picture's date in the playlist to its showing.
    fn latency(&self) -> Option<f64> {
        if let Some(player) = &self.player {
            return Some(player.latency()).filter(|seconds| *seconds > 0.0).map(|seconds| seconds * 1000.0);
        }
        let start = Reflect::get(&self.video, &"getStartDate".into()).ok()?.dyn_into::<Function>().ok()?;
        let start: js_sys::Date = start.call0(&self.video).ok()?.dyn_into().ok()?;
        let latency = js_sys::Date::now() - start.get_time() - self.video.current_time() * 1000.0;
        latency.is_finite().then_some(latency)
    }

    /// Goes to where live is now.
    pub fn seek_to_live(&self) {
        if let Some(position) = self.player.as_ref().and_then(Player::live_sync_position) {
            self.video.set_current_time(position);
        }
    }

    /// Plays one quality, or -1 for what the network carries.
    pub fn choose(&self, level: i32) {
        if let Some(player) = &self.player {
            player.set_next_level(level);
        }
    }
}

impl Drop for Hls {
    fn drop(&mut self) {
        if let Some(player) = &self.player {
            player.destroy();
        } else {
            let _ = self.video.remove_attribute("src");
            self.video.load();
        }
    }
}

fn config() -> Result<Object, JsValue> {
    let config = Object::new();
    Reflect::set(&config, &"lowLatencyMode".into(), &JsValue::TRUE)?;
    // Parts are fMP4 already: there is nothing for a worker to do, and the content policy allows none from a blob.
    Reflect::set(&config, &"enableWorker".into(), &JsValue::FALSE)?;
    Reflect::set(&config, &"backBufferLength".into(), &JsValue::from_f64(30.0))?;
    Reflect::set(&config, &"maxLiveSyncPlaybackRate".into(), &JsValue::from_f64(1.2))?;
    Ok(config)
}

fn levels(list: &Array) -> Vec<Level> {
    let number = |level: &JsValue, name: &str| {
        Reflect::get(level, &name.into()).ok().and_then(|value| value.as_f64()).unwrap_or_default() as u32
    };
    let level = |(index, level): (usize, JsValue)| Level {
        index: index as i32,
        height: number(&level, "height"),
        bitrate: number(&level, "bitrate"),
    };
    let mut levels: Vec<Level> = list.iter().enumerate().map(level).collect();
    levels.sort_by_key(|level| std::cmp::Reverse((level.height, level.bitrate)));
    levels
}

/// Whether this is Safari, whose own player does LL-HLS. Other browsers that claim HLS do not do low latency.
fn plays_by_itself(video: &HtmlVideoElement) -> bool {
    Reflect::has(&js_sys::global(), &"WebKitPlaybackTargetAvailabilityEvent".into()).unwrap_or(false)
        && !video.can_play_type("application/vnd.apple.mpegurl").is_empty()
}
