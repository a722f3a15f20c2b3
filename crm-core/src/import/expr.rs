//! Arithmetic over columns: `unit_price * quantity * (1 - discount)`, exact decimals, nothing else.

use rust_decimal::Decimal;

/// How deep parentheses may nest.
const DEPTH_MAX: u32 = 64;

/// An expression over columns `C`: names when parsed, positions when bound to a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr<C> {
    /// A constant.
    Number(Decimal),
    /// The number in a column.
    Column(C),
    /// Minus.
    Negate(Box<Expr<C>>),
    /// Two operands.
    Binary(Operator, Box<Expr<C>>, Box<Expr<C>>),
}

/// What is done with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`, `−`
    Subtract,
    /// `*`, `×`
    Multiply,
    /// `/`, `÷`
    Divide,
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undefined {
    DivisionByZero,
    Overflow,
}

/// Where an expression stops making sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    /// The character position, from 1.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

impl Expr<String> {
    /// Reads `text`. A column is named by its letters and digits, or in brackets: `[Unit Price]`.
    pub(crate) fn parse(text: &str) -> Result<Self, Misread> {
        let chars: Vec<char> = text.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0, depth: 0 };
        let whole = parser.sum()?;
        match parser.peek() {
            None => Ok(whole),
            Some(_) => Err(parser.misread("an operator or the end")),
        }
    }
}

impl<C> Expr<C> {
    /// The same expression over other columns; the first column that cannot be replaced ends it.
    pub(crate) fn rename<D, E>(
        &self,
        to: &mut impl FnMut(&C) -> Result<D, E>,
    ) -> Result<Expr<D>, E> {
        Ok(match self {
            Self::Number(number) => Expr::Number(*number),
            Self::Column(column) => Expr::Column(to(column)?),
            Self::Negate(of) => Expr::Negate(Box::new(of.rename(to)?)),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.rename(to)?, right.rename(to)?);
                Expr::Binary(*operator, Box::new(left), Box::new(right))
            }
        })
    }

    /// Calls `each` with every column, left to right.
    pub(crate) fn columns<'a>(&'a self, each: &mut impl FnMut(&'a C)) {
        match self {
            Self::Number(_) => {}
            Self::Column(column) => each(column),
            Self::Negate(of) => of.columns(each),
            Self::Binary(_, left, right) => {
                left.columns(each);
                right.columns(each);
            }
        }
    }

    /// Whether it divides, so that its value may not end.
    pub(crate) fn divides(&self) -> bool {
        match self {
            Self::Number(_) | Self::Column(_) => false,
            Self::Negate(of) => of.divides(),
            Self::Binary(operator, left, right) => {
                *operator == Operator::Divide || left.divides() || right.divides()
            }
        }
    }

    /// Its value, or nothing where a column is empty.
    pub(crate) fn value<E: From<Undefined>>(
        &self,
        column: &mut impl FnMut(&C) -> Result<Option<Decimal>, E>,
    ) -> Result<Option<Decimal>, E> {
        match self {
            Self::Number(number) => Ok(Some(*number)),
            Self::Column(name) => column(name),
            Self::Negate(of) => {
                Ok(of.value(column)?.map(|value| Decimal::ZERO.checked_sub(value).unwrap_or(value)))
            }
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(column)?, right.value(column)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                Ok(Some(operator.apply(left, right)?))
            }
        }
    }
}

impl Operator {
    fn apply(self, left: Decimal, right: Decimal) -> Result<Decimal, Undefined> {
        let value = match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide if right.is_zero() => return Err(Undefined::DivisionByZero),
            Self::Divide => left.checked_div(right),
        };
        value.ok_or(Undefined::Overflow)
    }
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<Expr<String>, Misread> {
        let mut left = self.product()?;
        while let Some(operator) = match self.peek() {
            Some('+') => Some(Operator::Add),
            Some('-' | '−') => Some(Operator::Subtract),
            Some(_) | None => None,
        } {
            self.step();
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr<String>, Misread> {
        let mut left = self.factor()?;
        while let Some(operator) = match self.peek() {
            Some('*' | '×') => Some(Operator::Multiply),
            Some('/' | '÷') => Some(Operator::Divide),
            Some(_) | None => None,
        } {
            self.step();
            left = Expr::Binary(operator, Box::new(left), Box::new(self.factor()?));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expr<String>, Misread> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(self.misread("at most 64 levels of parentheses"));
        }
        let factor = match self.peek() {
            Some('-' | '−') => {
                self.step();
                Expr::Negate(Box::new(self.factor()?))
            }
            Some('(') => {
                self.step();
                let inner = self.sum()?;
                self.closing(')', "a closing parenthesis")?;
                inner
            }
            Some('[') => {
                self.step();
                let name = self.take_while(|char| char != ']');
                self.closing(']', "a closing bracket")?;
                Expr::Column(name)
            }
            Some(char) if char.is_ascii_digit() => self.number()?,
            Some(char) if char.is_alphabetic() || char == '_' || char == '$' => {
                Expr::Column(self.take_while(|char| {
                    char.is_alphanumeric() || matches!(char, '_' | '$' | '.' | '#')
                }))
            }
            Some(_) | None => return Err(self.misread("a column, a number or a parenthesis")),
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(factor)
    }

    fn number(&mut self) -> Result<Expr<String>, Misread> {
        let start = self.at;
        let digits = self.take_while(|char| char.is_ascii_digit() || char == '.');
        Decimal::from_str_exact(&digits)
            .map(Expr::Number)
            .map_err(|_| Misread { at: start.saturating_add(1), expected: "a decimal number" })
    }

    fn closing(&mut self, char: char, expected: &'static str) -> Result<(), Misread> {
        if self.peek() != Some(char) {
            return Err(self.misread(expected));
        }
        self.step();
        Ok(())
    }

    fn take_while(&mut self, mut belongs: impl FnMut(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().copied().take_while(|char| belongs(*char)).collect();
        self.at = self.at.saturating_add(taken.chars().count());
        taken
    }

    /// The next character behind white space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|char| char.is_whitespace()) {
            self.step();
        }
        self.chars.get(self.at).copied()
    }

    const fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    const fn misread(&self, expected: &'static str) -> Misread {
        Misread { at: self.at.saturating_add(1), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        let expr = match Expr::parse(text) {
            Ok(expr) => expr,
            Err(Misread { at, expected }) => return format!("{at}: {expected}"),
        };
        let mut column = |name: &String| match name.as_str() {
            "unit_price" => Ok(Some(Decimal::new(98, 1))),
            "quantity" | "数量" => Ok(Some(Decimal::from(10))),
            "Unit Discount" => Ok(Some(Decimal::new(15, 2))),
            _ => Ok(None),
        };
        match expr.value::<Undefined>(&mut column) {
            Ok(value) => value.map_or("nothing".to_owned(), |value| value.normalize().to_string()),
            Err(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn expressions_have_exact_values() {
        let table = [
            ("a product of columns", "unit_price * quantity * (1 - [Unit Discount])", "83.3"),
            ("products bind tighter than sums", "1 + 2 * 3 - 4 / 2", "5"),
            ("equal operators go from the left", "7 - 2 - 1", "4"),
            ("typographic signs mean the same", "数量 × 2 ÷ 4 − 1", "4"),
            ("a minus may lead", "-(quantity - 12)", "2"),
            ("decimals do not drift", "0.1 + 0.2 - 0.3", "0"),
            ("an empty column empties the whole", "unit_price + discount", "nothing"),
            ("nothing is divided by zero", "1 / (quantity - 10)", "DivisionByZero"),
            ("28 digits are the end", "9999999999999999999999999999 * 10", "Overflow"),
            ("what is left over is named", "1 2", "3: an operator or the end"),
            ("an open parenthesis is named", "(1 + 2", "7: a closing parenthesis"),
            ("a number has one point", "1.2.3", "1: a decimal number"),
            ("nothing is no expression", "", "1: a column, a number or a parenthesis"),
        ];
        for (rule, text, expected) in table {
            assert_eq!(value(text), expected, "{rule}: {text}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let text = format!("{}1{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(value(&text), "65: at most 64 levels of parentheses");
    }
}
