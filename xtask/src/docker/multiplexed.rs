//! The two output streams of a container in one, as the engine sends them where there is no terminal.

use crate::event::Channel;

/// The length of what stands before each piece: the stream, three bytes of nothing, and the length of the piece.
const HEAD: usize = 8;

/// Takes pieces out of what arrives.
#[derive(Debug, Default)]
pub(super) struct Multiplexed {
    unread: Vec<u8>,
}

impl Multiplexed {
    /// Takes bytes, and gives the pieces that are whole now.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<(Channel, Vec<u8>)> {
        self.unread.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        let mut read = 0;
        while let Some(head) = self.unread.get(read..read + HEAD) {
            let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let channel = if head[0] == 2 { Channel::Error } else { Channel::Output };
            let Some(piece) = self.unread.get(read + HEAD..read + HEAD + length) else { break };
            pieces.push((channel, piece.to_vec()));
            read += HEAD + length;
        }
        self.unread.drain(..read);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_out_whole_however_they_arrive() {
        let sent = [&[1, 0, 0, 0, 0, 0, 0, 3][..], b"abc", &[2, 0, 0, 0, 0, 0, 0, 0], &[2, 0, 0, 0, 0, 0, 0, 1], b"d"]
            .concat();
        let wanted =
            vec![(Channel::Output, b"abc".to_vec()), (Channel::Error, Vec::new()), (Channel::Error, b"d".to_vec())];
        assert_eq!(Multiplexed::default().take(&sent), wanted);
        let mut bit_by_bit = Multiplexed::default();
        let pieces: Vec<_> = sent.iter().flat_map(|byte| bit_by_bit.take(&[*byte])).collect();
        assert_eq!(pieces, wanted);
    }
}
