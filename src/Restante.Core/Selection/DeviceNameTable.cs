namespace Restante.Core.Selection;

/// <summary>The names an audience query may use.</summary>
internal sealed class DeviceNameTable : INameTable
{
    private readonly List<DeviceName> _names = [];

    /// <summary>What the text uses, by place.</summary>
    public DeviceName[] Names => [.. _names];

    public Variable? Find(NamePart[] name, out string? expected)
    {
        expected = null;
        if (name[0].IsQuoted)
        {
            expected = "id, tags.NAME or groups";
            return null;
        }

        if (name is [{ Text: "id" }])
            return new Variable(PlaceOf(new DeviceName(DeviceNameKind.Id, [])), ExpressionShape.Value);
        if (name is [{ Text: "groups" }])
            return new Variable(PlaceOf(new DeviceName(DeviceNameKind.Groups, [])), ExpressionShape.List);
        if (name is [{ Text: "tags" }, _, ..])
            return new Variable(PlaceOf(new DeviceName(DeviceNameKind.Tag, [.. name[1..].Select(p => p.Text)])), ExpressionShape.Either);
        expected = name[0].Text == "tags" ? "tags. with the name of a tag after the dot" : "id, tags.NAME or groups";
        return null;
    }

    private int PlaceOf(DeviceName name)
    {
        int place = _names.FindIndex(n => n.Kind == name.Kind && n.Path.SequenceEqual(name.Path));
        if (place >= 0)
            return place;
        _names.Add(name);
        return _names.Count - 1;
    }
}

/// <summary>Something of a device that a query looks at.</summary>
internal readonly record struct DeviceName(DeviceNameKind Kind, string[] Path);

/// <summary>What of a device.</summary>
internal enum DeviceNameKind
{
    /// <summary>Its id.</summary>
    Id,

    /// <summary>Its groups.</summary>
    Groups,

    /// <summary>A value in its tags.</summary>
    Tag,
}
