//! What a library of the program would answer, for readers that know one well enough to say.

use super::interpreter::Interpreter;
use super::value::{Arguments, Span, Value};

/// Stands for a library while a program is read. Everything that it does not answer is kept as it is written.
pub trait Host<'p> {
    /// A call of something that only a library knows.
    fn call(
        &self,
        py: &Interpreter<'p>,
        function: &Value<'p>,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>>;

    /// `object.name` of a library's object.
    fn attribute(&self, py: &Interpreter<'p>, object: &Value<'p>, name: &str, span: Span) -> Option<Value<'p>>;

    /// The value of a statement that is only an expression: nobody uses it.
    fn unused(&self, py: &Interpreter<'p>, value: &Value<'p>, span: Span);

    /// `isinstance(object, class)` of a library's object and class.
    fn is_instance(&self, object: &Value<'p>, class: &Value<'p>) -> Option<bool>;

    /// Which doubt it is, where nobody knows whether what is being run happens; each has a number of its own.
    fn doubt_number(&self) -> Option<u64>;

    /// Whether nobody knows whether what is being run happens.
    fn is_in_doubt(&self) -> bool {
        self.doubt_number().is_some()
    }

    /// `with value:` begins.
    fn enter(&self, py: &Interpreter<'p>, value: &Value<'p>) -> Option<Value<'p>>;

    /// Its block has ended.
    fn leave(&self, py: &Interpreter<'p>, value: &Value<'p>);

    /// What follows is run only to see what it would touch: nobody knows whether it happens. With the number of a condition
    /// it happens where that holds.
    fn doubt(&self, why: &str, span: Span, condition: Option<usize>);

    /// What stands for a row in each turn of a loop over a value, if the library can go through its rows by itself. It is a doubt that
    /// lasts until [`Host::certain`].
    fn turn(&self, py: &Interpreter<'p>, over: &Value<'p>, why: &str, span: Span) -> Option<Value<'p>>;

    /// A loop that goes on while a condition holds, which the host decides each time. It is a doubt that lasts until [`Host::certain`].
    fn repeat(&self, condition: usize, why: &str, span: Span);

    /// Whether two conditions are the same.
    fn is_same(&self, one: usize, other: usize) -> bool;

    /// `[]`, where it is a list that only the server can fill.
    fn new_list(&self, span: Span) -> Option<Value<'p>>;

    /// A list that was made there gets another element in a doubt of its own.
    fn grows(&self, birth: Span, value: &Value<'p>);

    /// A list that was made outside of the doubt gets another element in it; whether the host keeps these itself.
    fn gathers(&self, py: &Interpreter<'p>, list: &Value<'p>, value: &Value<'p>, span: Span) -> bool;

    /// Something else is done to a list of which not all is known.
    fn spoils(&self, list: &Value<'p>);

    /// The doubt begins anew: what was done in it was only to see what changes in a turn.
    fn again(&self);

    /// The turn of such a loop is left, with `CONTINUE` or `EXIT`.
    fn leave_turn(&self, word: &str);

    /// `object[index]` of a library's object.
    fn item(&self, object: &Value<'p>, index: &Value<'p>, span: Span) -> Option<Value<'p>>;

    /// What `for` goes through, and what is taken apart, in a library's object.
    fn items(&self, value: &Value<'p>, span: Span) -> Option<Vec<Value<'p>>>;

    /// `object.name = value` of a library's object, or of an object of the program.
    fn set_attribute(&self, py: &Interpreter<'p>, object: &Value<'p>, name: &str, value: &Value<'p>, span: Span);

    /// `del object[index]` of a library's object, or of one that only a run can tell.
    fn delete_item(&self, py: &Interpreter<'p>, object: &Value<'p>, index: &Value<'p>, span: Span);

    /// `object[…] = value` of such an object.
    fn set_item(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span);

    /// The condition that a value is, and its opposite, where the library itself can decide it when it runs.
    fn condition(&self, test: &Value<'p>) -> Option<(usize, usize)>;

    /// Whether a column of a mapped class is kept by its name, `Model.name`, rather than as the call that makes it.
    fn keeps_names(&self) -> bool;

    /// Whether a value of the library may be `None`.
    fn may_be_none(&self, value: &Value<'p>) -> bool;

    /// An exception is raised, with that message.
    fn raises(&self, message: &Value<'p>, span: Span);

    /// What follows from here on was not looked at.
    fn lost(&self, py: &Interpreter<'p>, why: &str, span: Span);

    /// The doubt is over.
    fn certain(&self, py: &Interpreter<'p>);
}
