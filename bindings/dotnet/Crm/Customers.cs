using System;
using System.Collections.Generic;
using System.Globalization;

namespace Crm
{
    // Written by hand for now; later generated from crm_describe(), like the records of all other operations.

    /// <summary>A new customer: a name is enough. What is null is left to the engine.</summary>
    public sealed class NewCustomer
    {
        /// <summary>The id it shall have.</summary>
        public Guid? Id { get; set; }
        /// <summary><c>business</c> or <c>personal</c>.</summary>
        public string CustomerType { get; set; }
        /// <summary>Its name: 1 to 200 characters on one line.</summary>
        public string Name { get; set; }
        /// <summary>A code of the vocabulary <c>industry</c>; organizations only.</summary>
        public string Industry { get; set; }
        /// <summary>A code of the vocabulary <c>size</c>; organizations only.</summary>
        public string Size { get; set; }
        /// <summary>A code of the vocabulary <c>source</c>.</summary>
        public string Source { get; set; }
        /// <summary>The region it belongs to.</summary>
        public string Region { get; set; }
        /// <summary>Who looks after it; the actor where nobody is named.</summary>
        public Guid? Owner { get; set; }
        /// <summary>Its birthday; persons only.</summary>
        public DateTime? Birthday { get; set; }
        /// <summary>Anything else.</summary>
        public string Note { get; set; }
        /// <summary>Its website.</summary>
        public string Website { get; set; }
        /// <summary>Its unified social credit code (统一社会信用代码); organizations only.</summary>
        public string CreditCode { get; set; }
        /// <summary>The customer that it belongs to.</summary>
        public Guid? Parent { get; set; }

        internal string ToJson() => Json.Write(new Json.Object()
            .Set("id", Id?.ToString())
            .Set("customer_type", CustomerType)
            .Set("name", Name ?? "")
            .Set("industry", Industry)
            .Set("size", Size)
            .Set("source", Source)
            .Set("region", Region)
            .Set("owner", Owner?.ToString())
            .Set("birthday", Birthday?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
            .Set("note", Note)
            .Set("website", Website)
            .Set("credit_code", CreditCode)
            .Set("parent", Parent?.ToString()));
    }

    /// <summary>A record that was made.</summary>
    public sealed class Created
    {
        internal Created(string json)
        {
            Json.Object read = (Json.Object)Json.Read(json);
            Id = Guid.Parse(read.Text("id"));
            Version = read.Whole("version");
        }

        /// <summary>Its id.</summary>
        public Guid Id { get; }
        /// <summary>Counts its writes, from 1.</summary>
        public long Version { get; }
    }

    /// <summary>An organization or a person that buys or may buy.</summary>
    public sealed class Customer
    {
        internal Customer(string json)
        {
            Json.Object read = (Json.Object)Json.Read(json);
            Id = Guid.Parse(read.Text("id"));
            Version = read.Whole("version");
            CustomerType = read.Text("customer_type");
            Name = read.Text("name");
            Industry = read.Text("industry");
            Size = read.Text("size");
            Source = read.Text("source");
            Region = read.Text("region");
            Owner = Guid.Parse(read.Text("owner"));
            string birthday = read.Text("birthday");
            if (birthday != null)
                Birthday = DateTime.ParseExact(birthday, "yyyy-MM-dd", CultureInfo.InvariantCulture);
            Note = read.Text("note");
            Website = read.Text("website");
            CreditCode = read.Text("credit_code");
            string parent = read.Text("parent");
            if (parent != null) Parent = Guid.Parse(parent);
            Status = read.Text("status");
            CreatedAt = DateTime.Parse(
                read.Text("created_at"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        }

        /// <summary>Its id.</summary>
        public Guid Id { get; }
        /// <summary>Counts its writes, from 1.</summary>
        public long Version { get; }
        /// <summary><c>business</c> or <c>personal</c>.</summary>
        public string CustomerType { get; }
        /// <summary>Its name.</summary>
        public string Name { get; }
        /// <summary>A code of the vocabulary <c>industry</c>, or null.</summary>
        public string Industry { get; }
        /// <summary>A code of the vocabulary <c>size</c>, or null.</summary>
        public string Size { get; }
        /// <summary>A code of the vocabulary <c>source</c>, or null.</summary>
        public string Source { get; }
        /// <summary>The region it belongs to, or null.</summary>
        public string Region { get; }
        /// <summary>Who looks after it.</summary>
        public Guid Owner { get; }
        /// <summary>Its birthday, or null.</summary>
        public DateTime? Birthday { get; }
        /// <summary>Anything else, or null.</summary>
        public string Note { get; }
        /// <summary>Its website, or null.</summary>
        public string Website { get; }
        /// <summary>Its unified social credit code, or null.</summary>
        public string CreditCode { get; }
        /// <summary>The customer that it belongs to, or null.</summary>
        public Guid? Parent { get; }
        /// <summary><c>active</c> or <c>archived</c>.</summary>
        public string Status { get; }
        /// <summary>When it was made, UTC.</summary>
        public DateTime CreatedAt { get; }
    }

    /// <summary>What a plain field held, and what it shall hold.</summary>
    public sealed class CrmEdit
    {
        /// <summary>An edit; null is "nothing".</summary>
        public CrmEdit(string from, string to) { From = from; To = to; }
        /// <summary>What it held when the user looked.</summary>
        public string From { get; }
        /// <summary>What it shall hold.</summary>
        public string To { get; }
    }

    /// <summary>Operations on customers.</summary>
    public sealed class CrmCustomers
    {
        private readonly CrmSession session;

        internal CrmCustomers(CrmSession session) { this.session = session; }

        /// <summary>Makes a customer.</summary>
        /// <exception cref="CrmException">A rule says no; every broken one is in the violations.</exception>
        public Created Create(NewCustomer customer, CrmCallOptions options = null)
            => new Created(session.Call("customer.create", customer.ToJson(), options));

        /// <summary>A customer by its id.</summary>
        /// <exception cref="CrmException"><c>CRM_E_NOT_FOUND</c>.</exception>
        public Customer Get(Guid id, CrmCallOptions options = null)
            => new Customer(session.Call("customer.get", Which(id), options));

        /// <summary>Changes plain fields; edits of different fields never conflict.</summary>
        /// <exception cref="CrmException"><c>CRM_E_CONFLICT</c> where a field no longer holds what an edit expects.</exception>
        public Customer Amend(Guid id, IDictionary<string, CrmEdit> set, CrmCallOptions options = null)
        {
            Json.Object edits = new Json.Object();
            foreach (KeyValuePair<string, CrmEdit> edit in set)
                edits[edit.Key] = new Json.Object { { "from", edit.Value.From }, { "to", edit.Value.To } };
            Json.Object request = new Json.Object { { "id", id.ToString() }, { "set", edits } };
            return new Customer(session.Call("customer.amend", Json.Write(request), options));
        }

        /// <summary>Archives a customer. Doing it twice is once.</summary>
        public Customer Archive(Guid id, CrmCallOptions options = null)
            => new Customer(session.Call("customer.archive", Which(id), options));

        private static string Which(Guid id) => Json.Write(new Json.Object().Set("id", id.ToString()));
    }
}
