//! The filters of a source's picture, as the last part of its pipeline. Those that GStreamer lacks are ours and work on the
//! frames that pass a place kept for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use klieg_studio_model::{Canvas, Crop, PictureFilter, Source};
use parking_lot::Mutex;

use super::cropping::{self, Cropping, crops, crops_behind};
use super::{Wish, picture};
use crate::cube::Cube;
use crate::format::set_size;

/// Longest file with a colour table that is read, in bytes.
const LONGEST: u64 = 32 << 20;

/// From raw pictures of any kind to those that are wished: `… ! size ! filters ! format`. Ends without a `!`.
pub(super) fn tail(source: &Source, canvas: Canvas, wish: &Wish) -> String {
    // Of one that keeps its shape that follows when it comes.
    let fixed = wish.fixed_size(source);
    let plan = fixed.map(|size| Cropping::of(&wish.look, size).plan(size));
    let size = size_caps(source, canvas, wish, plan.as_ref().map(|plan| plan.size));
    let size = format!("capsfilter name=size caps=\"{size}\"");
    if wish.look.is_empty() {
        return size;
    }
    let drawn = fixed.zip(plan.as_ref()).filter(|_| crops(&wish.look)).map(|((width, height), plan)| {
        format!(
            "capsfilter caps=\"video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1\" ! videocrop{} \
             ! videoscale add-borders=false ! ",
            sides(plan.before)
        )
    });
    let cut_behind = |place: usize| {
        let cut = plan.iter().flat_map(|plan| &plan.behind).find(|(planned, _)| *planned == place);
        let sides = sides(cut.map(|(_, crop)| *crop).unwrap_or_default());
        format!("videocrop name={}{sides} ! ", cropping::name(place))
    };
    let filters = wish.look.iter().enumerate().map(|(index, filter)| {
        let element = match filter {
            PictureFilter::ChromaKey { .. } => "alpha method=custom",
            PictureFilter::Colour { .. } => "videobalance",
            PictureFilter::Blur { .. } => "gaussianblur",
            PictureFilter::Crop(_) => return String::new(),
            PictureFilter::Lut { .. } => "capsfilter caps=video/x-raw,format=RGBA ! identity",
        };
        let settings =
            settings(filter).into_iter().fold(String::new(), |text, (key, value)| format!("{text} {key}={value}"));
        let cut = if crops_behind(&wish.look, index) { cut_behind(index) } else { String::new() };
        format!("videoconvert ! {element} name=look{index}{settings} ! {cut}")
    });
    let (drawn, filters) = (drawn.unwrap_or_default(), filters.collect::<String>());
    format!("{drawn}{size} ! {filters}videoconvert ! {}", picture(source, canvas, wish))
}

/// What is cut off, as an element is told in a description.
fn sides(Crop { left, top, right, bottom }: Crop) -> String {
    format!(" left={left} top={top} right={right} bottom={bottom}")
}

/// What the element named `size` lets through: pictures of this size, or of any.
pub(super) fn size_caps(source: &Source, canvas: Canvas, wish: &Wish, size: Option<(u32, u32)>) -> gst::Caps {
    let mut caps = picture(source, canvas, wish);
    if let Some(size) = size {
        set_size(caps.make_mut(), size);
    }
    if !wish.look.is_empty()
        && let Some(structure) = caps.make_mut().structure_mut(0)
    {
        // The filters want formats of their own.
        structure.remove_fields(["format", "colorimetry", "interlace-mode"]);
    }
    caps
}

/// The filters of a pipeline that are ours, in the order of the look; none for those that are not.
pub(super) struct Own(Vec<Option<Arc<Mutex<Grade>>>>);

/// A colour table and how much of it is seen. Without a table the picture passes as it is.
struct Grade {
    path: PathBuf,
    /// Or why there is none.
    cube: Result<Arc<Cube>, String>,
    strength: f64,
}

impl Own {
    /// Lets our filters work in a pipeline that has just been built.
    pub(super) fn start(pipeline: &gst::Pipeline, wish: &Wish) -> Self {
        let grades = wish.look.iter().enumerate().map(|(index, filter)| {
            let PictureFilter::Lut { path, strength } = filter else { return None };
            let pad = pipeline.by_name(&format!("look{index}"))?.static_pad("src")?;
            let grade = Grade { path: path.clone(), cube: table(path), strength: *strength };
            let grade = Arc::new(Mutex::new(grade));
            let seen = grade.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
                let (cube, strength) = {
                    let grade = seen.lock();
                    (grade.cube.clone(), grade.strength)
                };
                if let (Ok(cube), Some(buffer), Some(caps)) = (cube, probe.buffer_mut(), pad.current_caps()) {
                    change(buffer.make_mut(), &caps, |row| cube.apply(row, strength));
                }
                gst::PadProbeReturn::Ok
            });
            Some(grade)
        });
        Self(grades.collect())
    }

    /// Why some of them do nothing.
    pub(super) fn problems(&self) -> Vec<String> {
        self.0.iter().flatten().filter_map(|grade| grade.lock().cube.as_ref().err().cloned()).collect()
    }

    fn set(&self, look: &[PictureFilter]) {
        for (filter, grade) in look.iter().zip(&self.0) {
            if let (PictureFilter::Lut { path, strength }, Some(grade)) = (filter, grade) {
                // Read before the lock is taken: frames do not wait for a file.
                let is_other = grade.lock().path != *path;
                let read = is_other.then(|| table(path));
                let mut grade = grade.lock();
                grade.strength = *strength;
                if let Some(cube) = read {
                    (grade.path, grade.cube) = (path.clone(), cube);
                }
            }
        }
    }
}

/// The table in a file, or why there is none.
fn table(path: &Path) -> Result<Arc<Cube>, String> {
    let read = || {
        let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        if length > LONGEST {
            return Err("it is too long for a .cube file".to_owned());
        }
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        Cube::parse(&text).map_err(|error| error.to_string())
    };
    read().map(Arc::new).map_err(|reason: String| format!("{}: {reason}", path.display()))
}

/// Changes the rows of a picture of four bytes a pixel.
fn change(buffer: &mut gst::BufferRef, caps: &gst::Caps, row: impl Fn(&mut [u8])) {
    let Ok(info) = gst_video::VideoInfo::from_caps(caps) else { return };
    let Ok(mut frame) = gst_video::VideoFrameRef::from_buffer_ref_writable(buffer, &info) else { return };
    let width = frame.width() as usize * 4;
    let stride = frame.plane_stride().first().and_then(|stride| usize::try_from(*stride).ok());
    if let (Ok(data), Some(stride)) = (frame.plane_data_mut(0), stride) {
        data.chunks_mut(stride.max(1)).filter_map(|line| line.get_mut(..width)).for_each(row);
    }
}

/// Gives a running pipeline's filters new numbers, but for where it is cropped. False if they are not of the same kinds.
pub(super) fn adapt(pipeline: &gst::Pipeline, own: &Own, now: &Wish, wish: &Wish) -> bool {
    let same = |(a, b): (&PictureFilter, &PictureFilter)| std::mem::discriminant(a) == std::mem::discriminant(b);
    if now.look.len() != wish.look.len() || !now.look.iter().zip(&wish.look).all(same) {
        return false;
    }
    for (index, filter) in wish.look.iter().enumerate() {
        if let PictureFilter::Crop(_) = filter {
            continue;
        }
        let Some(element) = pipeline.by_name(&format!("look{index}")) else { return false };
        for (key, value) in settings(filter) {
            element.set_property_from_str(key, &value);
        }
    }
    own.set(&wish.look);
    true
}

/// A filter's numbers as its element has them.
fn settings(filter: &PictureFilter) -> Vec<(&'static str, String)> {
    match filter {
        PictureFilter::ChromaKey { colour, similarity, smoothness } => vec![
            ("target-r", colour.red.to_string()),
            ("target-g", colour.green.to_string()),
            ("target-b", colour.blue.to_string()),
            ("angle", (similarity * 90.0).to_string()),
            ("noise-level", (smoothness * 64.0).to_string()),
        ],
        PictureFilter::Colour { brightness, contrast, saturation, hue } => vec![
            ("brightness", brightness.to_string()),
            ("contrast", (contrast + 1.0).to_string()),
            ("saturation", (saturation + 1.0).to_string()),
            ("hue", (hue / 180.0).to_string()),
        ],
        PictureFilter::Blur { radius } => vec![("sigma", radius.to_string())],
        PictureFilter::Crop(_) | PictureFilter::Lut { .. } => Vec::new(),
    }
}
