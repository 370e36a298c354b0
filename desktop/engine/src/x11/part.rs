//! A part of a display or of a window, in pixels.

/// It is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) left: u16,
    pub(super) top: u16,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Part {
    /// What there is of `[left, top, width, height]`, or of everything, in a picture of this size. None if there is nothing.
    pub(super) fn within(area: Option<[u32; 4]>, (width, height): (u16, u16)) -> Option<Self> {
        let [left, top, wide, high] = area.unwrap_or([0, 0, u32::MAX, u32::MAX]);
        let span = |from: u32, length: u32, side: u16| {
            let from = u16::try_from(from).ok()?;
            let length = u16::try_from(length).unwrap_or(u16::MAX).min(side.checked_sub(from)?);
            (length > 0).then_some((from, length))
        };
        let ((left, width), (top, height)) = (span(left, wide, width)?, span(top, high, height)?);
        Some(Self { left, top, width, height })
    }

    /// As rows of 32-bit pixels.
    pub(super) fn bytes(self) -> usize {
        usize::from(self.width) * usize::from(self.height) * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_area_there_is_what_the_display_has_of_it() {
        let display = (640, 480);
        let all = Some(Part { left: 0, top: 0, width: 640, height: 480 });
        assert_eq!(Part::within(None, display), all);
        assert_eq!(Part::within(Some([0, 0, u32::MAX, 480]), display), all);
        let corner = Part { left: 600, top: 400, width: 40, height: 80 };
        assert_eq!(Part::within(Some([600, 400, 1_920, 1_080]), display), Some(corner));
        for gone in [[640, 0, 640, 480], [1_920, 0, 10, 10], [0, 70_000, 10, 10], [5, 5, 0, 10]] {
            assert_eq!(Part::within(Some(gone), display), None, "{gone:?}");
        }
    }
}
