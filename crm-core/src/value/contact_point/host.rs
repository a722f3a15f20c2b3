//! The names of hosts, in mail and web addresses.

/// How a host name breaks the rules: the first offending character with its index, or its end.
pub(super) enum HostError {
    /// A character that no name has there.
    Character(char, usize),
    /// A label that is empty, longer than 63 bytes, or starts or ends with a hyphen; the index is where it starts.
    Label(usize),
    /// Only one label, or a number as the last.
    Top,
}

/// The comparable form of an internationalized host name: small letters, an ideographic full stop as a dot.
///
/// Letters and digits of every script may stand in a label (RFC 5890); the last label has a letter.
pub(super) fn normal_host(host: &str) -> Result<String, HostError> {
    let host = host.replace('。', ".");
    let mut index = 0_usize;
    for label in host.split('.') {
        if let Some((at, c)) = label
            .chars()
            .enumerate()
            .find(|(_, c)| !c.is_alphanumeric() && *c != '-' && !is_mark(*c))
        {
            return Err(HostError::Character(c, index.saturating_add(at)));
        }
        if label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
            return Err(HostError::Label(index));
        }
        index = index.saturating_add(label.chars().count()).saturating_add(1);
    }
    let top = host.rsplit_once('.').map(|(_, top)| top);
    if top.is_none_or(|top| top.chars().all(|c| c.is_ascii_digit())) {
        return Err(HostError::Top);
    }
    Ok(host.to_lowercase())
}

/// Combining marks, which the scripts of India and Thailand write words with.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}
