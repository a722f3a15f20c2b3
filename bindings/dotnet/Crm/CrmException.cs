using System;
using System.Collections.Generic;

namespace Crm
{
    /// <summary>One broken rule: which, where, what was given, what would have been allowed.</summary>
    public sealed class CrmViolation
    {
        internal CrmViolation(Json.Object json)
        {
            Code = json.Text("code") ?? "";
            Path = json.Text("path") ?? "";
            Value = json.Text("value") ?? "";
            Limit = json.Text("limit");
            Allowed = json.Texts("allowed");
        }

        /// <summary>The stable code of the rule, such as <c>text.empty</c>.</summary>
        public string Code { get; }
        /// <summary>The field of the request, such as <c>lines[2].quantity</c>; empty for the whole.</summary>
        public string Path { get; }
        /// <summary>What was given, shortened.</summary>
        public string Value { get; }
        /// <summary>The limit, in words; null where there is none.</summary>
        public string Limit { get; }
        /// <summary>What would have been accepted, where the set is closed; else empty.</summary>
        public IReadOnlyList<string> Allowed { get; }

        /// <summary>Path, code and limit on one line.</summary>
        public override string ToString() => Path + ": " + Code + (Limit == null ? "" : " (" + Limit + ")");
    }

    /// <summary>Why a call failed. Nothing was changed, but for <c>CRM_E_STORE_UNKNOWN</c>.</summary>
    public sealed class CrmException : Exception
    {
        private CrmException(int status, string name, string message, string problem) : base(message)
        {
            Status = status;
            Name = name;
            Problem = problem;
            Code = "";
            Violations = new CrmViolation[0];
            Json.Object json = Json.Read(problem) as Json.Object;
            if (json == null) return;
            Code = json.Text("code") ?? "";
            Retry = json.Flag("retry");
            List<CrmViolation> violations = new List<CrmViolation>();
            foreach (object item in json.List("violations"))
                if (item is Json.Object violation) violations.Add(new CrmViolation(violation));
            Violations = violations;
        }

        /// <summary>The number of the kind of error: <c>CRM_E_*</c> of crm.h.</summary>
        public int Status { get; }
        /// <summary>Its name, such as <c>CRM_E_REFUSED</c>.</summary>
        public string Name { get; }
        /// <summary>The stable code, such as <c>text.empty</c>.</summary>
        public string Code { get; }
        /// <summary>The problem document as JSON.</summary>
        public string Problem { get; }
        /// <summary>Every broken rule, in order.</summary>
        public IReadOnlyList<CrmViolation> Violations { get; }
        /// <summary>Whether the same call may succeed when it is made again.</summary>
        public bool Retry { get; }

        /// <summary>The error object as an exception; the object is freed.</summary>
        internal static CrmException Take(int status, IntPtr err)
        {
            string message = Native.Utf8(Native.crm_error_message(err));
            string problem = Native.Utf8(Native.crm_error_json(err));
            Native.crm_error_free(err);
            return new CrmException(status, Native.Utf8(Native.crm_status_name(status)), message, problem);
        }
    }
}
