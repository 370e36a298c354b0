//! What crop filters leave of a source's picture, and where it is cut.
//!
//! It is cut before it is scaled, so that nothing is scaled and filtered that nobody sees. Most filters look at one pixel at a time and
//! do not mind. A blur mixes a pixel with those around it: where one comes before a crop, as many as it reaches are left around the
//! picture, and are cut off behind it.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Crop, PictureFilter};

use crate::EngineError;
use crate::element::make;

/// Whether a look cuts anything off.
pub(super) fn crops(look: &[PictureFilter]) -> bool {
    look.iter().any(|filter| matches!(filter, PictureFilter::Crop(_)))
}

/// Whether something may be cut off right behind the filter in this place of a look.
pub(super) fn crops_behind(look: &[PictureFilter], place: usize) -> bool {
    matches!(look.get(place), Some(PictureFilter::Blur { .. })) && look.get(place..).is_some_and(crops)
}

/// Whether pictures of one size are cut alike by two looks of the same kinds of filters.
pub(super) fn are_cut_alike(one: &[PictureFilter], other: &[PictureFilter]) -> bool {
    fn matter(look: &[PictureFilter]) -> impl Iterator<Item = &PictureFilter> {
        look.iter().filter(|filter| matches!(filter, PictureFilter::Crop(_) | PictureFilter::Blur { .. }))
    }
    !crops(one) && !crops(other) || matter(one).eq(matter(other))
}

/// What the crops of a look leave of a picture that comes in a certain size.
pub(super) struct Cropping<'a> {
    look: &'a [PictureFilter],
    size: (u32, u32),
    /// What is cut off before each filter in all, and behind the last one, in pixels of the picture as it comes.
    cuts: Vec<Crop>,
    problems: Vec<String>,
}

/// Where a picture is cut so that what is left fills a certain size.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    /// What is cut off as it comes, in its own pixels.
    pub(super) before: Crop,
    /// The size to which it is scaled then.
    pub(super) size: (u32, u32),
    /// What is cut off of that behind blurs, and their places in the look.
    pub(super) behind: Vec<(usize, Crop)>,
}

impl<'a> Cropping<'a> {
    /// A crop that would leave nothing is passed over.
    pub(super) fn of(look: &'a [PictureFilter], size: (u32, u32)) -> Self {
        let (mut all, mut cuts, mut problems) = (Crop::default(), vec![Crop::default()], Vec::new());
        for filter in look {
            if let PictureFilter::Crop(crop) = filter {
                let more = each(all, *crop, u32::saturating_add);
                let (across, down) = more.rest(size);
                if across > 0 && down > 0 {
                    all = more;
                } else {
                    let ((across, down), subject) = (all.rest(size), filter.subject().unwrap_or_default());
                    problems.push(format!("{subject} leaves nothing of a picture of {across} × {down}"));
                }
            }
            cuts.push(all);
        }
        Self { look, size, cuts, problems }
    }

    /// Why some of them do nothing.
    pub(super) fn problems(self) -> Vec<String> {
        self.problems
    }

    /// What is left, in pixels of the picture as it comes: one by one at least, unless that is nothing itself.
    pub(super) fn rest(&self) -> (u32, u32) {
        self.whole().rest(self.size)
    }

    fn whole(&self) -> Crop {
        self.cuts.last().copied().unwrap_or_default()
    }

    /// How to cut the picture so that what is left is as large as `fitted`.
    pub(super) fn plan(&self, fitted: (u32, u32)) -> Plan {
        let (whole, rest) = (self.whole(), self.rest());
        let axes =
            [(rest.0, fitted.0), (rest.1, fitted.1)].map(|(of, to)| (u64::from(of.max(1)), u64::from(to.max(1))));
        let scaled = |pixels: u32, (of, to): (u64, u64)| ((u64::from(pixels) * to + of / 2) / of) as u32;
        // What stands around the picture where only this is cut off, in pixels to which it is scaled.
        let around = |cut: Crop| {
            let Crop { left, top, right, bottom } = each(whole, cut, u32::saturating_sub);
            let [across, down] = axes;
            Crop {
                left: scaled(left, across),
                top: scaled(top, down),
                right: scaled(right, across),
                bottom: scaled(bottom, down),
            }
        };
        let (mut before, mut behind) = (whole, Vec::new());
        for (place, (filter, there)) in self.look.iter().zip(&self.cuts).enumerate().rev() {
            if let PictureFilter::Blur { radius } = filter {
                let [across, down] = axes.map(|(of, to)| (reach(*radius) * of).div_ceil(to) as u32);
                let margin = Crop { left: across, top: down, right: across, bottom: down };
                let wider = each(each(before, margin, u32::saturating_sub), *there, u32::max);
                behind.push((place, each(around(wider), around(before), u32::saturating_sub)));
                before = wider;
            }
        }
        let Crop { left, top, right, bottom } = around(before);
        Plan { before, size: (fitted.0 + left + right, fitted.1 + top + bottom), behind }
    }
}

/// How many pixels away the farthest is that a blur mixes into one.
fn reach(radius: f64) -> u64 {
    (2.5 * radius).ceil() as u64
}

/// Two crops side by side.
fn each(one: Crop, other: Crop, with: impl Fn(u32, u32) -> u32) -> Crop {
    Crop {
        left: with(one.left, other.left),
        top: with(one.top, other.top),
        right: with(one.right, other.right),
        bottom: with(one.bottom, other.bottom),
    }
}

/// The name of the element that cuts behind the filter in a place of a look.
pub(super) fn name(place: usize) -> String {
    format!("edge{place}")
}

/// What cuts the picture in a pipeline.
pub(super) struct Cutters {
    /// None if nothing is ever cut off.
    before: Option<gst::Element>,
    behind: Vec<(usize, gst::Element)>,
}

impl Cutters {
    /// Those of a pipeline that has just been built. The one for the picture as it comes is put in behind `whole`.
    pub(super) fn of(
        pipeline: &gst::Pipeline,
        whole: &gst::Element,
        look: &[PictureFilter],
    ) -> Result<Self, EngineError> {
        let before = if crops(look) { Some(insert(whole)?) } else { None };
        let behind = (0..look.len()).filter_map(|place| Some((place, pipeline.by_name(&name(place))?)));
        Ok(Self { before, behind: behind.collect() })
    }

    /// Cuts by a plan, while `resize` changes the size between. Sides of which less is cut off come first, so that there is no moment
    /// at which nothing would be left.
    pub(super) fn set(&self, plan: &Plan, resize: impl FnOnce()) {
        self.cut(plan, false);
        resize();
        self.cut(plan, true);
    }

    fn cut(&self, plan: &Plan, may_grow: bool) {
        if let Some(element) = &self.before {
            cut(element, plan.before, may_grow);
        }
        for (place, element) in &self.behind {
            let crop = plan.behind.iter().find(|(planned, _)| planned == place).map(|(_, crop)| *crop);
            cut(element, crop.unwrap_or_default(), may_grow);
        }
    }
}

fn cut(element: &gst::Element, crop: Crop, may_grow: bool) {
    for (side, pixels) in [("left", crop.left), ("top", crop.top), ("right", crop.right), ("bottom", crop.bottom)] {
        let (pixels, now) = (i32::try_from(pixels).unwrap_or(i32::MAX), element.property::<i32>(side));
        if pixels < now || pixels > now && may_grow {
            element.set_property(side, pixels);
        }
    }
}

/// Puts an element that cuts between another one and what follows that.
fn insert(behind: &gst::Element) -> Result<gst::Element, EngineError> {
    let refused = || EngineError::Pipeline("a picture cannot be cropped".to_owned());
    let cutter = make("videocrop")?.create().build()?;
    let bin = behind.parent().and_then(|parent| parent.downcast::<gst::Bin>().ok()).ok_or_else(refused)?;
    let source = behind.static_pad("src").ok_or_else(refused)?;
    let next = source.peer().ok_or_else(refused)?;
    bin.add(&cutter)?;
    source.unlink(&next)?;
    behind.link(&cutter)?;
    cutter.static_pad("src").ok_or_else(refused)?.link(&next).map_err(|_| refused())?;
    Ok(cutter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(left: u32, top: u32, right: u32, bottom: u32) -> PictureFilter {
        PictureFilter::Crop(Crop { left, top, right, bottom })
    }

    #[test]
    fn a_picture_is_cut_before_it_is_scaled() {
        let look = [PictureFilter::chroma_key(), crop(100, 0, 60, 20), PictureFilter::blur(), crop(0, 40, 0, 0)];
        let cropping = Cropping::of(&look[..2], (640, 360));
        assert_eq!(cropping.rest(), (480, 340));
        let before = Crop { left: 100, top: 0, right: 60, bottom: 20 };
        assert_eq!(cropping.plan((960, 680)), Plan { before, size: (960, 680), behind: Vec::new() });
        // The blur behind that has its 15 pixels above, of which each is half of one that comes, and none where there are none.
        let cropping = Cropping::of(&look, (640, 360));
        assert_eq!(cropping.rest(), (480, 300));
        let before = Crop { left: 100, top: 32, right: 60, bottom: 20 };
        let behind = vec![(2, Crop { top: 16, ..Crop::default() })];
        assert_eq!(cropping.plan((960, 600)), Plan { before, size: (960, 616), behind });
    }

    #[test]
    fn what_is_left_is_as_large_as_it_shall_be_wherever_the_blurs_are() {
        let blur = |radius| PictureFilter::Blur { radius };
        let look = [blur(20.0), crop(33, 1, 0, 7), blur(3.3), blur(0.1), crop(0, 0, 301, 90), blur(6.0)];
        let cropping = Cropping::of(&look, (641, 359));
        for fitted in [(2, 2), (400, 222), (1_280, 720)] {
            let Plan { before, size, behind } = cropping.plan(fitted);
            assert!(before.left <= 33 && before.bottom <= 97, "{before:?}");
            let left = behind.iter().fold(size, |size, (_, crop)| crop.rest(size));
            assert_eq!(left, fitted, "{behind:?}");
            let places: Vec<_> =
                behind.iter().map(|(place, _)| *place).filter(|place| crops_behind(&look, *place)).collect();
            assert_eq!(places, [3, 2, 0]);
            assert!(behind.iter().all(|(place, crop)| crops_behind(&look, *place) || crop.is_none()), "{behind:?}");
        }
    }

    #[test]
    fn a_crop_that_would_leave_nothing_is_passed_over_aloud() {
        let look = [crop(100, 0, 100, 0), crop(70, 0, 50, 0), crop(0, 10, 0, 0)];
        let cropping = Cropping::of(&look, (320, 180));
        assert_eq!(cropping.rest(), (120, 170));
        let problem = "cutting off 70, 0, 50 and 0 pixels leaves nothing of a picture of 120 × 180";
        assert_eq!(cropping.problems(), [problem]);
        let far = [crop(u32::MAX, 0, u32::MAX, 0)];
        assert_eq!(Cropping::of(&far, (320, 180)).rest(), (320, 180));
    }

    #[test]
    fn a_blur_matters_to_the_edges_only_where_something_is_cut_off() {
        let blur = |radius| PictureFilter::Blur { radius };
        assert!(are_cut_alike(&[blur(1.0)], &[blur(2.0)]));
        assert!(!are_cut_alike(&[blur(1.0), PictureFilter::crop()], &[blur(2.0), PictureFilter::crop()]));
        let look = |contrast| {
            [PictureFilter::Colour { brightness: 0.0, contrast, saturation: 0.0, hue: 0.0 }, PictureFilter::crop()]
        };
        assert!(are_cut_alike(&look(0.1), &look(0.2)));
    }
}
